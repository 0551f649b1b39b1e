import type { ChangeReason, ChangeReasons } from '@dispatch/graph/change-reasons';
import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { Rewriting } from '@dispatch/graph/rewrite-graph';
import type { Unrewriting } from '@dispatch/graph/unrewrite-graph';
import type { StorePath } from '@dispatch/nix/store-path';

interface RewrittenDerivation {
  readonly drvPath: StorePath;
  readonly outputs: Readonly<Record<string, OutputPaths>>;
  readonly reason: ChangeReason;
  readonly original?: StorePath;
}

interface OutputPaths {
  readonly original: string | null;
  readonly rewritten: string | null;
}

interface RewriteCounts {
  readonly derivations: number;
  readonly poisoned: number;
  readonly changed: number;
  readonly changedFixedOutput: number;
  readonly changedSameOutputs: number;
}

/** One derivation as it was given, as Nix evaluated it, and what it became. */
export interface Forms {
  readonly given: DerivationNode;
  readonly original: DerivationNode;
  readonly rewritten: DerivationNode;
}

/** All forms of the derivations that were given, in their order. */
export function formsOf(
  given: DerivationGraph,
  original: Unrewriting,
  rewriting: Rewriting,
): Map<StorePath, Forms> {
  return new Map(
    given.nodes.map((node) => {
      const before = original.graph.get(original.originals.get(node.path) ?? node.path) ?? node;
      const after = rewriting.changes.get(before.path) ?? before;
      return [node.path, { given: node, original: before, rewritten: after }];
    }),
  );
}

/**
 * The JSON object that `dispatch rewrite` prints, in pieces: with many poisoned derivations it is too long for one
 * string. proto/rewrite-output.schema.json describes its fields. `roots` are paths as they were given, by the user's
 * names for them.
 */
export function* rewriteOutput(
  forms: ReadonlyMap<StorePath, Forms>,
  roots: ReadonlyMap<string, StorePath>,
  reasons: ChangeReasons,
): Generator<string> {
  const changed = [...forms.values()].filter(hasChanged);
  const named = [...roots].map(([name, path]) => [name, forms.get(path)?.rewritten.path ?? path]);
  yield `{"roots":${JSON.stringify(Object.fromEntries(named))},"derivations":{`;
  for (const [index, one] of changed.entries()) {
    const comma = index === 0 ? '' : ',';
    yield `${comma}${JSON.stringify(one.given.path)}:${JSON.stringify(describe(one, reasons))}`;
  }
  yield `},"counts":${JSON.stringify(countsOf(forms, changed, reasons))}}\n`;
}

function countsOf(
  forms: ReadonlyMap<StorePath, Forms>,
  changed: readonly Forms[],
  reasons: ChangeReasons,
): RewriteCounts {
  return {
    derivations: forms.size,
    poisoned: changed.filter(({ original }) => reasons.serialOf(original.path)).length,
    changed: changed.length,
    changedFixedOutput: changed.filter(({ given: { kind } }) => kind === 'fixed').length,
    changedSameOutputs: changed.filter(hasSameOutputs).length,
  };
}

/** Whether a derivation changed, or was given rewritten, even where it comes out as it was given. */
export function hasChanged({ given, original, rewritten }: Forms): boolean {
  return rewritten.path !== original.path || given.path !== original.path;
}

/** Whether all output paths are known and unchanged. */
function hasSameOutputs({ original, rewritten }: Forms): boolean {
  return original.text.outputs.every(
    ({ path }, index) => path !== '' && path === rewritten.text.outputs[index]?.path,
  );
}

function describe(
  { given, original, rewritten }: Forms,
  reasons: ChangeReasons,
): RewrittenDerivation {
  const description = {
    drvPath: rewritten.path,
    outputs: Object.fromEntries(
      original.text.outputs.map(({ name, path }, index) => [
        name,
        { original: orNull(path), rewritten: orNull(rewritten.text.outputs[index]?.path) },
      ]),
    ),
    // What only lost the mark of a trial or of a group is downstream of nothing.
    reason: reasons.of(original.path) ?? { downstreamOf: [] },
  };
  return given.path === original.path ? description : { ...description, original: original.path };
}

function orNull(path: string | undefined): string | null {
  return path === undefined || path === '' ? null : path;
}
