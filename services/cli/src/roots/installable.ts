import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import { isDerivationPath, isStorePath } from '@dispatch/nix/store-path';
import * as z from 'zod';
import { CommandError } from '../errors.ts';
import { runNix } from './nix-program.ts';

/** Names the outputs that `nix build` would build: those to install, else the one that the attribute stands for. */
const describe =
  'd: { inherit (d) drvPath; outputs = d.meta.outputsToInstall or [ (d.outputName or "out") ]; }';

const described = z.object({ drvPath: z.string(), outputs: z.array(z.string()).min(1) });

/**
 * Evaluates `nixpkgs#hello`, `.#attr` or `.#attr^dev` with the user's own `nix`. Throws
 * `bad-argument` for what is no derivation, and what running it throws.
 */
export async function evaluateInstallable(
  installable: string,
  passedOn: readonly string[],
  signal: AbortSignal,
): Promise<RequestedRoot> {
  if (installable.startsWith('-')) {
    throw new CommandError('bad-argument', `'${installable}' names no derivation: it is an option`);
  }
  const [reference = '', outputs] = installable.split(/\^([^#^]*)$/, 2);
  const features = ['--extra-experimental-features', 'nix-command flakes'];
  const question = ['eval', '--json', reference, '--apply', describe];
  const answer = await runNix('nix', [...features, ...question, ...passedOn], signal);
  const { drvPath, outputs: usual } = readAnswer(installable, answer);
  if (!isStorePath(drvPath) || !isDerivationPath(drvPath)) throw noDerivation(installable, drvPath);
  if (outputs === undefined) return { drvPath, outputs: usual };
  return { drvPath, outputs: outputs === '*' ? 'all' : outputs.split(',') };
}

function readAnswer(installable: string, answer: string): z.infer<typeof described> {
  try {
    return described.parse(JSON.parse(answer));
  } catch (cause) {
    throw noDerivation(installable, answer.slice(0, 200), cause);
  }
}

function noDerivation(installable: string, answer: string, cause?: unknown): CommandError {
  const why = `'nix eval' gave no derivation for it but ${answer}`;
  return new CommandError('bad-argument', `'${installable}' names no derivation: ${why}`, cause);
}
