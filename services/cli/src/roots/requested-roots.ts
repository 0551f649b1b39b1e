import { existsSync } from 'node:fs';
import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import type { StorePath } from '@dispatch/nix/store-path';
import { CommandError } from '../errors.ts';
import { type ExpressionSource, withEvaluated } from './evaluate-expression.ts';
import { isPathRoot, parsePathRoot } from './path-root.ts';

/** What the command line says is to be built. */
export interface RootSelection {
  /** Paths in the store, links to them, or installables. */
  readonly words: readonly string[];
  readonly source: ExpressionSource | undefined;
  readonly attributes: readonly string[];
  /** Options for every evaluator, passed on unchanged. */
  readonly passedOn: readonly string[];
  /** Further options for the evaluator of installables. */
  readonly forFlakes: readonly string[];
}

/**
 * Finds the derivations that are meant, evaluating where that is needed, and hands them to `use`; what a
 * file gave is protected from garbage collection meanwhile. Throws `bad-argument` and what evaluating
 * throws.
 */
export async function withRequestedRoots<Result>(
  selection: RootSelection,
  signal: AbortSignal,
  use: (roots: readonly RequestedRoot[]) => Promise<Result>,
): Promise<Result> {
  const { words, attributes, passedOn } = selection;
  const told = [...passedOn, ...selection.forFlakes];
  const named = await Promise.all(words.map((word) => readWord(word, told, signal)));
  const isUsual = named.length === 0 || attributes.length > 0;
  const source = selection.source ?? (isUsual ? { file: usualFile() } : undefined);
  if (source === undefined) return use(withoutRepetition(named));
  return withEvaluated({ source, attributes, passedOn }, signal, (found) =>
    use(withoutRepetition([...named, ...found])),
  );
}

/** Makes one root of several that want outputs of the same derivation, as `nix-build` does. */
export function withoutRepetition(roots: readonly RequestedRoot[]): RequestedRoot[] {
  const byPath = new Map<StorePath, RequestedRoot>();
  for (const root of roots) {
    const { outputs = [] } = byPath.get(root.drvPath) ?? {};
    const isAll = outputs === 'all' || root.outputs === 'all';
    const both = isAll ? 'all' : [...new Set([...outputs, ...root.outputs])];
    byPath.set(root.drvPath, { drvPath: root.drvPath, outputs: both });
  }
  return [...byPath.values()];
}

async function readWord(
  word: string,
  passedOn: readonly string[],
  signal: AbortSignal,
): Promise<RequestedRoot> {
  if (isPathRoot(word)) return parsePathRoot(word);
  if (word.endsWith('.nix')) {
    throw new CommandError('bad-argument', `to build what '${word}' describes, use -f ${word}`);
  }
  const { evaluateInstallable } = await import('./installable.ts');
  return evaluateInstallable(word, passedOn, signal);
}

/** The file that is built without arguments, as by `nix-build`. Throws `bad-argument` where it is missing. */
function usualFile(): string {
  if (existsSync('default.nix')) return 'default.nix';
  throw new CommandError(
    'bad-argument',
    'nothing to build: name a .drv path or an installable, or a Nix file with -f; there is no ' +
      'default.nix here',
  );
}
