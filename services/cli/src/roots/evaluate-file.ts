import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import { runNix } from './nix-program.ts';
import { parsePathRoot } from './path-root.ts';

/** What is evaluated, in the words of `nix-instantiate`. */
export interface FileEvaluation {
  readonly file: string;
  /** Attributes to build; without any, all that the file gives. */
  readonly attributes: readonly string[];
  /** Further arguments, as they are. */
  readonly passedOn: readonly string[];
}

/**
 * Evaluates a Nix file as `nix-build` does, with the user's own `nix-instantiate`; so a line without
 * outputs means the output `out`. While `use` works, what was evaluated is not collected as garbage.
 */
export async function withEvaluatedFile<Result>(
  { file, attributes, passedOn }: FileEvaluation,
  signal: AbortSignal,
  use: (roots: readonly RequestedRoot[]) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'dispatch-'));
  try {
    const selected = attributes.flatMap((attribute) => ['-A', attribute]);
    const holdIn = ['--add-root', join(folder, 'root'), '--indirect'];
    const printed = await runNix(
      'nix-instantiate',
      [...holdIn, ...passedOn, ...selected, '--', file],
      signal,
    );
    const lines = printed.split('\n').filter((line) => line !== '');
    return await use(lines.map((line) => withDefaultOutput(parsePathRoot(line))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function withDefaultOutput(root: RequestedRoot): RequestedRoot {
  return root.outputs === 'all' ? { ...root, outputs: ['out'] } : root;
}
