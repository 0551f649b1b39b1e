import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { messageOf } from '@dispatch/builders/errors';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { type PlannedStep, planSteps } from '@dispatch/graph/plan-steps';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { OutputName } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import type { EventSink } from '../events.ts';
import { type GreetedBuilder, isLeftAlone } from '../execute/farm-builder.ts';
import type { Roster } from '../execute/roster.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import { answerLimit } from './answer-limit.ts';
import { askHub } from './ask-hub.ts';
import { heldOutputs, type Keepers } from './held-outputs.ts';
import { Locations } from './locations.ts';
import { withOwnFeatures } from './own-features.ts';
import type { WantedRoot } from './wanted-roots.ts';

/** What a run has to do. */
export interface RunPlan {
  readonly wanted: readonly WantedRoot[];
  /** Inputs first. */
  readonly steps: readonly PlannedStep[];
  /** Where outputs were found that are not in the hub. */
  readonly locations: Locations;
  /** Paths that the hub can fetch. */
  readonly substitutes: readonly StorePath[];
  /** Derivations that need not be built, since a builder holds their outputs. */
  readonly present: number;
  /** As they were given, but for what was learnt when they were asked. */
  readonly builders: readonly GreetedBuilder[];
}

/**
 * Finds out what has to be built: what the hub neither has nor can fetch, and no builder holds from
 * an earlier run. The hub's daemon answers as it would for itself, substituters included.
 */
export async function planRun(
  graph: RewrittenGraph,
  wanted: readonly WantedRoot[],
  farm: PlannedFarm,
): Promise<RunPlan> {
  const answer = await askHub(graph.rewritten, wanted, farm);
  const { lacked } = answer;
  const candidates = graph.rewritten.nodes.filter((node) => lacked.has(node.path));
  const asked = await askBuilders(candidates, await greeted(candidates, farm), farm);
  const locations = new Locations();
  for (const path of answer.held) locations.add(path, farm.hub);
  for (const { builder, held } of asked)
    for (const path of held) locations.add(path, builder.store);
  for (const path of candidates.flatMap(outputPathsOf)) locations.noteUnmade(path);
  const steps = planSteps(
    graph.rewritten,
    wanted,
    (node, outputs) => !lacked.has(node.path) || isHeld(locations, node, outputs),
  );
  return {
    wanted,
    steps,
    locations,
    substitutes: answer.substitutes,
    present: answer.steps.length - steps.length,
    builders: await withOwnFeatures(
      asked.map(({ builder }) => builder),
      steps,
      farm.roster,
      farm.onEvent,
      farm.signal,
    ),
  };
}

/** Who is asked, and who hears of it. */
export interface PlannedFarm extends Keepers {
  readonly hub: DaemonStore;
  readonly roster: Roster;
  readonly onEvent: EventSink;
  readonly signal: AbortSignal;
}

interface Asked {
  readonly builder: GreetedBuilder;
  readonly held: ReadonlySet<StorePath>;
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
        return { builder, held: await heldOutputs(builder.store, paths, farm, limit) };
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
  return { builder, held: new Set() };
}

function isHeld(
  locations: Locations,
  node: DerivationNode,
  outputs: readonly OutputName[],
): boolean {
  const wanted = node.text.outputs.filter((output) => outputs.includes(output.name));
  return wanted.every(({ path }) => path !== '' && locations.isHeld(path as StorePath));
}
