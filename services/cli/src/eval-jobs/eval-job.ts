import { isDerivationPath, isStorePath, type StorePath } from '@dispatch/nix/store-path';
import * as z from 'zod';
import { CommandError } from '../errors.ts';

/** What a line of nix-eval-jobs says: an attribute that can be built, or one that cannot be evaluated. */
export type EvalJob =
  | { readonly type: 'job'; readonly attr: string; readonly drvPath: StorePath }
  | { readonly type: 'failed'; readonly attr: string; readonly message: string };

/** Characters of an evaluation's error that are kept; a trace may be of any length. */
const keptMessage = 64 * 1024;

const line = z.object({
  attr: z.string().max(4096),
  drvPath: z.string().max(4096).nullish(),
  error: z.string().nullish(),
});

/**
 * Parses a line that nix-eval-jobs wrote, of any version: other fields are ignored. A job whose
 * constituents are broken has an error besides its derivation, and is not built. Throws `bad-file`, in
 * whose message `place` names the line.
 */
export function parseEvalJob(text: string, place: string): EvalJob {
  const { attr, drvPath, error } = checked(text, place);
  if (error) return { type: 'failed', attr, message: error.slice(0, keptMessage) };
  if (!drvPath) throw refused(place, 'it has neither a drvPath nor an error');
  if (isStorePath(drvPath) && isDerivationPath(drvPath)) return { type: 'job', attr, drvPath };
  throw refused(place, `its drvPath is no derivation in /nix/store: ${drvPath.slice(0, 200)}`);
}

function checked(text: string, place: string): z.infer<typeof line> {
  const parsed = line.safeParse(fromJson(text, place));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refused(place, `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'of another form'}`);
}

function fromJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    throw refused(place, `it is not JSON, or cut off where its writer ended: ${shown}`);
  }
}

function refused(place: string, why: string): CommandError {
  return new CommandError('bad-file', `${place} is no job of nix-eval-jobs: ${why}`);
}
