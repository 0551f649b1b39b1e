import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { type FoundGroup, findGroups } from '@dispatch/graph/groups/find-groups';
import type { GroupKey, MarkedGroup } from '@dispatch/graph/groups/group';
import { type Marking, markGroups } from '@dispatch/graph/groups/mark-groups';
import { type Rewriting, rewriteGraph } from '@dispatch/graph/rewrite-graph';
import type { StorePath } from '@dispatch/nix/store-path';
import type { LookUp } from '../look-up/look-up-serials.ts';
import type { GivenGraph } from '../read/read-graph.ts';
import { nodeSha256 } from '../sha256.ts';

/** The mark of the attempt that each combination of members is at; the first one's where none is given. */
export type Marks = ReadonlyMap<GroupKey, string>;

/** The derivations to build, and how they map to what was given and to what Nix evaluated. */
export interface RewrittenGraph {
  readonly given: DerivationGraph;
  readonly original: DerivationGraph;
  readonly rewritten: DerivationGraph;
  /** The rewritten derivations that Nix did not evaluate. */
  readonly changed: readonly DerivationNode[];
  /** The groups, each before those that depend on it. */
  readonly groups: readonly MarkedGroup[];
  /** The original of a given path; itself unless it was rewritten before. */
  originalOf(given: StorePath): StorePath;
  /** The rewritten form of an original; itself unless it changed. For a member, the first of its forms. */
  rewrittenOf(original: StorePath): StorePath;
  /** All forms of an original: a member has one for each of its groups. */
  formsOf(original: StorePath): readonly StorePath[];
  /** The original of a rewritten path. */
  originalOfRewritten(rewritten: StorePath): StorePath;
  /** The same graph with its groups at other marks. */
  withMarks(marks: Marks): RewrittenGraph;
}

/**
 * Puts the serials in and recomputes what follows from them; then the groups get their ids. Throws
 * `bad-group`.
 */
export function rewriteRoots(
  { given, original }: GivenGraph,
  lookUp: LookUp,
  variable: string,
  marks: Marks = new Map(),
): RewrittenGraph {
  const { graph, modulos, originals, groupCandidates } = original;
  const groups = findGroups(graph, groupCandidates);
  const rewriting = rewriteGraph(graph, modulos, lookUp.serials, variable, nodeSha256);
  const originalOf = (path: StorePath): StorePath => originals.get(path) ?? path;
  return marked({ given, original: graph, originalOf, rewriting, groups }, marks);
}

/** The part of a rewritten graph that the marks of groups do not change. */
interface Unmarked extends Pick<RewrittenGraph, 'given' | 'original' | 'originalOf'> {
  readonly rewriting: Rewriting;
  readonly groups: readonly FoundGroup[];
}

function marked(unmarked: Unmarked, marks: Marks): RewrittenGraph {
  const { given, original, originalOf, rewriting, groups } = unmarked;
  const marking = markingOf(rewriting, groups, marks);
  const formsOf = (path: StorePath): readonly StorePath[] => {
    const withSerials = rewriting.changes.get(path)?.path ?? path;
    const forms = marking?.changes.get(withSerials);
    return forms === undefined ? [withSerials] : forms.map((form) => form.path);
  };
  const backwards = originalsOfRewritten(rewriting, marking);
  const rewritten = marking?.graph ?? rewriting.graph;
  return {
    given,
    original,
    rewritten,
    changed:
      marking === undefined
        ? [...rewriting.changes.values()]
        : rewritten.nodes.filter(({ path }) => backwards.has(path)),
    groups: marking?.groups ?? [],
    originalOf,
    formsOf,
    rewrittenOf: (path) => formsOf(path)[0] ?? path,
    originalOfRewritten: (path) => backwards.get(path) ?? path,
    withMarks: (others) => marked(unmarked, others),
  };
}

/** Undefined for a graph without groups, as nearly all are: nothing is computed again for it. */
function markingOf(
  rewriting: Rewriting,
  groups: readonly FoundGroup[],
  marks: Marks,
): Marking | undefined {
  return groups.length === 0 ? undefined : markGroups(rewriting, groups, marks, nodeSha256);
}

function originalsOfRewritten(
  rewriting: Rewriting,
  marking: Marking | undefined,
): ReadonlyMap<StorePath, StorePath> {
  const backwards = new Map<StorePath, StorePath>();
  for (const [before, after] of rewriting.changes) backwards.set(after.path, before);
  for (const [before, forms] of marking?.changes ?? []) {
    const original = backwards.get(before) ?? before;
    for (const { path } of forms) backwards.set(path, original);
  }
  return backwards;
}
