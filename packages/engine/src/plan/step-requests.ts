import { buildRequirements } from '@dispatch/graph/build-requirements';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { StepIdentity } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';
import type { PresentInput, StepRequest } from '@dispatch/scheduler/event';
import { localStoreFeature } from '../farm/farm-builder.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import { inputPathsOf } from '../stores/known-paths.ts';
import { mustBuildFromDrv } from './must-build-from-drv.ts';
import type { PresentInputs } from './present-inputs.ts';

/**
 * The steps of a plan as the scheduler takes them, with what they took when they were last built
 * (in milliseconds), and where those of their inputs lie that are there already.
 */
export function stepRequests(
  steps: readonly PlannedStep[],
  graph: RewrittenGraph,
  durations: readonly (number | undefined)[],
  there: PresentInputs,
): StepRequest[] {
  return steps.map((step, index) => ({
    id: step.node.path,
    system: buildRequirements(step.node).system,
    requiredFeatures: requiredFeatures(step, graph),
    dependencies: step.dependencies,
    weight: durations[index],
    present: presentAmong(step, graph, there),
  }));
}

function presentAmong(
  step: PlannedStep,
  { rewritten }: RewrittenGraph,
  there: PresentInputs,
): readonly PresentInput[] | undefined {
  if (there.size === 0) return undefined;
  return inputPathsOf(rewritten, step)
    .map((path) => there.get(path))
    .filter((input) => input !== undefined);
}

function requiredFeatures(step: PlannedStep, graph: RewrittenGraph): readonly string[] {
  const { features } = buildRequirements(step.node);
  const inputs = step.inputs.map(({ path }) => graph.rewritten.get(path));
  const known = inputs.filter((node) => node !== undefined);
  return mustBuildFromDrv(step.node, known) ? [...features, localStoreFeature] : features;
}

/** A step under its original and its rewritten names, for events and the run's record. */
export function stepIdentity(node: DerivationNode, graph: RewrittenGraph): StepIdentity {
  const original = graph.originalOfRewritten(node.path);
  const before = graph.original.get(original);
  return {
    original,
    rewritten: node.path,
    name: node.name,
    system: buildRequirements(node).system,
    outputs: node.text.outputs.map((output, index) => ({
      name: output.name,
      original: knownPath(before?.text.outputs[index]?.path),
      rewritten: knownPath(output.path),
    })),
  };
}

function knownPath(path: string | undefined): StorePath | undefined {
  return path === undefined || path === '' ? undefined : (path as StorePath);
}
