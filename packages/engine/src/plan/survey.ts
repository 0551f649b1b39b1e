import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { MarkedGroup } from '@dispatch/graph/groups/group';
import { type PlannedStep, planSteps } from '@dispatch/graph/plan-steps';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { OutputName } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import type { GreetedBuilder } from '../farm/farm-builder.ts';
import type { GroupMarks } from '../groups/group-marks.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import { inputPathsOf } from '../stores/known-paths.ts';
import { Locations } from '../stores/locations.ts';
import { askBuilders } from './ask-builders.ts';
import { askHub } from './ask-hub.ts';
import { Members } from './members.ts';
import type { PlannedFarm } from './planned-farm.ts';
import { type PresentInputs, presentInputs } from './present-inputs.ts';
import type { WantedRoot } from './wanted-roots.ts';

/** What stores have of a run, and so what has to be built. */
export interface Survey {
  readonly wanted: readonly WantedRoot[];
  /** Inputs first. */
  readonly steps: readonly PlannedStep[];
  /** Which stores were found to hold which outputs, the hub among them. */
  readonly locations: Locations;
  /** Paths that the hub can fetch. */
  readonly substitutes: readonly StorePath[];
  /** Inputs that some of the builders have; see `presentInputs`. */
  readonly inputsThere: PresentInputs;
  /** Derivations that need not be built, since a builder holds their outputs. */
  readonly present: number;
  readonly builders: readonly GreetedBuilder[];
  /** Groups among the steps whose paths are used up; see `Members.spent`. */
  readonly spent: readonly MarkedGroup[];
}

/**
 * Finds out what has to be built: what the hub neither has nor can fetch, and no builder holds from
 * an earlier run; and members of groups that are not committed. The hub's daemon answers as it
 * would for itself, substituters included.
 */
export async function surveyRun(
  graph: RewrittenGraph,
  wanted: readonly WantedRoot[],
  marks: GroupMarks,
  farm: PlannedFarm,
): Promise<Survey> {
  const members = new Members(graph, marks);
  await members.askHub(farm.hub, farm.signal);
  const answer = await askHub(graph.rewritten, [...wanted, ...members.inputsUnderWay()], farm);
  const { lacked } = answer;
  const read = members.readBy(answer.steps);
  const candidates = graph.rewritten.nodes.filter(({ path }) => lacked.has(path) || read.has(path));
  const question = {
    outputs: candidates.flatMap(outputPathsOf),
    inputs: inputsOf(answer.steps, graph),
  };
  const asked = await askBuilders(question, await greeted(candidates, farm), farm);
  const locations = new Locations();
  for (const path of answer.held) locations.add(path, farm.hub);
  for (const { builder, valid, held } of asked) {
    for (const path of held.keys()) locations.add(path, builder.store);
    members.noteValid(valid, held);
  }
  for (const path of question.outputs) locations.noteUnmade(path);
  const steps = planSteps(graph.rewritten, wanted, (node, outputs) => {
    if (members.has(node.path)) return members.areThere(node, outputs, locations);
    return !lacked.has(node.path) || isHeld(locations, node, outputs);
  });
  const toBuild = new Set(steps.map(({ node }) => node.path));
  const needed = inputsOf(steps, graph);
  const inHub = new Set([...answer.held, ...steps.flatMap(({ node }) => node.text.inputSrcs)]);
  return {
    wanted,
    steps,
    locations,
    inputsThere: await presentInputs(needed, asked, { store: farm.hub, valid: inHub }, farm.signal),
    substitutes: answer.substitutes.filter((path) => !locations.isHeld(path)),
    present: answer.steps.filter(({ node }) => !toBuild.has(node.path)).length,
    builders: asked.map(({ builder }) => builder),
    spent: members.spent(steps, (path) => !lacked.has(path)),
  };
}

/** Greets the builders; where the hub lacks nothing, nobody is called at all. */
async function greeted(
  lacking: readonly DerivationNode[],
  { roster, onEvent, signal }: PlannedFarm,
): Promise<GreetedBuilder[]> {
  if (lacking.length > 0) return roster.greet(onEvent, signal);
  return roster.builders.map((builder) => ({ ...builder, fault: undefined }));
}

function isHeld(
  locations: Locations,
  node: DerivationNode,
  outputs: readonly OutputName[],
): boolean {
  const wanted = node.text.outputs.filter((output) => outputs.includes(output.name));
  return wanted.every(({ path }) => path !== '' && locations.isHeld(path as StorePath));
}

/** What these steps read that none of them makes. */
function inputsOf(steps: readonly PlannedStep[], { rewritten }: RewrittenGraph): StorePath[] {
  const made = new Set(steps.flatMap(({ node }) => outputPathsOf(node)));
  const read = new Set(steps.flatMap((step) => inputPathsOf(rewritten, step)));
  return [...read].filter((path) => !made.has(path));
}
