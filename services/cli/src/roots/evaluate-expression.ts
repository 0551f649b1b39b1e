import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import { runNix } from './nix-program.ts';
import { parsePathRoot } from './path-root.ts';

/** A Nix file, or an expression that stands on the command line. */
export type ExpressionSource = { readonly file: string } | { readonly expression: string };

/** What is evaluated, in the words of `nix-instantiate`. */
export interface Evaluation {
  readonly source: ExpressionSource;
  /** Attributes to build; without any, all that the expression gives. */
  readonly attributes: readonly string[];
  /** Further arguments for `nix-instantiate`, passed on unchanged. */
  readonly passedOn: readonly string[];
}

/**
 * Evaluates an expression as `nix-build` does, with the user's own `nix-instantiate`; a line of its output that names no
 * output means `out`. Until `use` ends, what was evaluated is protected from garbage collection.
 */
export async function withEvaluated<Result>(
  { source, attributes, passedOn }: Evaluation,
  signal: AbortSignal,
  use: (roots: readonly RequestedRoot[]) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'dispatch-'));
  try {
    const selected = attributes.flatMap((attribute) => ['-A', attribute]);
    const holdIn = ['--add-root', join(folder, 'root'), '--indirect'];
    const printed = await runNix(
      'nix-instantiate',
      [...holdIn, ...passedOn, ...selected, ...sourceWords(source)],
      signal,
    );
    const lines = printed.split('\n').filter((line) => line !== '');
    return await use(lines.map((line) => withDefaultOutput(parsePathRoot(line))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sourceWords(source: ExpressionSource): string[] {
  return 'file' in source ? ['--', source.file] : ['--expr', '--', source.expression];
}

function withDefaultOutput(root: RequestedRoot): RequestedRoot {
  return root.outputs === 'all' ? { ...root, outputs: ['out'] } : root;
}
