import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { messageOf } from '@dispatch/builders/errors';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { MarkedGroup } from '@dispatch/graph/groups/group';
import { type PlannedStep, planSteps } from '@dispatch/graph/plan-steps';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { OutputName } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import type { EventSink } from '../events.ts';
import { type GreetedBuilder, isLeftAlone } from '../execute/farm-builder.ts';
import type { Roster } from '../execute/roster.ts';
import type { GroupMarks } from '../groups/group-marks.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import { answerLimit } from './answer-limit.ts';
import { askHub } from './ask-hub.ts';
import { type HeldOutputs, heldOutputs, type Keepers } from './held-outputs.ts';
import { Locations } from './locations.ts';
import { Members } from './members.ts';
import type { WantedRoot } from './wanted-roots.ts';

/** What there is of a run, and so what has to be built. */
export interface Survey {
  readonly wanted: readonly WantedRoot[];
  /** Inputs first. */
  readonly steps: readonly PlannedStep[];
  /** Where outputs were found that are not in the hub. */
  readonly locations: Locations;
  /** Paths that the hub can fetch. */
  readonly substitutes: readonly StorePath[];
  /** Derivations that need not be built, since a builder holds their outputs. */
  readonly present: number;
  readonly builders: readonly GreetedBuilder[];
  /** Groups among the steps whose paths are used up; see `Members.spent`. */
  readonly spent: readonly MarkedGroup[];
}

/** Who is asked, and who hears of it. */
export interface PlannedFarm extends Keepers {
  readonly hub: DaemonStore;
  readonly roster: Roster;
  readonly onEvent: EventSink;
  readonly signal: AbortSignal;
}

/**
 * Finds out what has to be built: what the hub neither has nor can fetch, and no builder holds from
 * an earlier run; and members of groups that are not done. The hub's daemon answers as it would for
 * itself, substituters included.
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
  const asked = await askBuilders(candidates, await greeted(candidates, farm), farm);
  const locations = new Locations();
  for (const path of answer.held) locations.add(path, farm.hub);
  for (const one of asked) {
    for (const path of one.held) locations.add(path, one.builder.store);
    members.noteValid(one);
  }
  for (const path of candidates.flatMap(outputPathsOf)) locations.noteUnmade(path);
  const steps = planSteps(graph.rewritten, wanted, (node, outputs) => {
    if (members.has(node.path)) return members.areThere(node, outputs, locations);
    return !lacked.has(node.path) || isHeld(locations, node, outputs);
  });
  const toBuild = new Set(steps.map(({ node }) => node.path));
  return {
    wanted,
    steps,
    locations,
    substitutes: answer.substitutes.filter((path) => !locations.isHeld(path)),
    present: answer.steps.filter(({ node }) => !toBuild.has(node.path)).length,
    builders: asked.map(({ builder }) => builder),
    spent: members.spent(steps, (path) => !lacked.has(path)),
  };
}

interface Asked extends HeldOutputs {
  readonly builder: GreetedBuilder;
}

/** Where the hub has everything, nobody is called at all. */
async function greeted(
  lacking: readonly DerivationNode[],
  { roster, onEvent, signal }: PlannedFarm,
): Promise<GreetedBuilder[]> {
  if (lacking.length > 0) return roster.greet(onEvent, signal);
  return roster.builders.map((builder) => ({ ...builder, fault: undefined }));
}

function askBuilders(
  nodes: readonly DerivationNode[],
  builders: readonly GreetedBuilder[],
  farm: PlannedFarm,
): Promise<Asked[]> {
  const { hub, roster, onEvent, signal } = farm;
  const paths = nodes.flatMap(outputPathsOf);
  return Promise.all(
    builders.map(async (builder) => {
      const isUsed = builder.fault === undefined && !isLeftAlone(builder);
      if (!isUsed || builder.store === hub || paths.length === 0) return nothingOf(builder);
      const limit = answerLimit(signal);
      try {
        return { builder, ...(await heldOutputs(builder.store, paths, farm, limit)) };
      } catch (error) {
        signal.throwIfAborted();
        const fault = messageOf(error);
        if (limit.aborted) roster.lose(builder, fault);
        // Others may be building there: for a failure alone it is not taken out of use.
        if (!(await roster.isAway(builder))) return nothingOf(builder);
        onEvent({ type: 'builder-unusable', builder: builder.machine.uri, reason: fault });
        return nothingOf({ ...builder, fault });
      }
    }),
  );
}

function nothingOf(builder: GreetedBuilder): Asked {
  return { builder, held: new Set(), valid: new Set() };
}

function isHeld(
  locations: Locations,
  node: DerivationNode,
  outputs: readonly OutputName[],
): boolean {
  const wanted = node.text.outputs.filter((output) => outputs.includes(output.name));
  return wanted.every(({ path }) => path !== '' && locations.isHeld(path as StorePath));
}
