import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { assertNoMember } from '@dispatch/graph/groups/group-rules';
import type { WantedOutputs } from '@dispatch/graph/plan-steps';
import type { OutputName } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';

/** A derivation that was asked for, and which of its outputs; all of them where none are named. */
export interface RequestedRoot {
  readonly drvPath: StorePath;
  readonly outputs: readonly OutputName[] | 'all';
  /** What follows the prefix in the names of its links; if undefined a number, as `nix-build` has it. */
  readonly link?: string | undefined;
}

/** A root under all its names, with the outputs that are wanted. */
export interface WantedRoot extends WantedOutputs {
  readonly given: StorePath;
  readonly original: StorePath;
  readonly link?: string | undefined;
}

/** A root with the paths of the outputs that are wanted, as far as they are known. */
export interface ReportedRoot extends WantedRoot {
  readonly paths: readonly { readonly output: OutputName; readonly path: StorePath }[];
}

/** The rewritten derivations that stand for the roots. Throws `unknown-output`, and `bad-group` for a member. */
export function wantedRoots(roots: readonly RequestedRoot[], graph: RewrittenGraph): WantedRoot[] {
  return roots.map(({ drvPath, outputs, link }) => {
    const original = graph.originalOf(drvPath);
    const node = graph.original.get(original);
    if (node !== undefined) assertNoMember(node);
    const path = graph.rewrittenOf(original);
    return {
      given: drvPath,
      original,
      path,
      outputs: namedOutputs(graph.rewritten, path, outputs),
      link,
    };
  });
}

function namedOutputs(
  graph: DerivationGraph,
  path: StorePath,
  outputs: readonly OutputName[] | 'all',
): readonly OutputName[] {
  const existing = graph.get(path)?.text.outputs.map((output) => output.name) ?? [];
  if (outputs === 'all') return existing;
  const unknown = outputs.find((output) => !existing.includes(output));
  if (unknown === undefined) return outputs;
  throw new EngineError(
    'unknown-output',
    `${path} has no output '${unknown}'; it has ${existing.join(', ')}`,
  );
}

/**
 * The roots with their output paths, in the order asked for; paths of content-addressed outputs are
 * missing before the build.
 */
export function rootPaths(roots: readonly WantedRoot[], graph: RewrittenGraph): ReportedRoot[] {
  return roots.map((root) => {
    const outputs = graph.rewritten.get(root.path)?.text.outputs ?? [];
    const paths = root.outputs.flatMap((output) => {
      const path = outputs.find(({ name }) => name === output)?.path ?? '';
      return path === '' ? [] : [{ output, path: path as StorePath }];
    });
    return { ...root, paths };
  });
}
