import type { RunEvent } from '@dispatch/engine/events';
import { run } from '@dispatch/engine/run';
import type { World } from '@dispatch/engine/world';
import type { RunEnd } from '../messages/answer.ts';
import type { WantedLinks } from '../messages/build-order.ts';
import { toWireError } from '../messages/wire-error.ts';
import { toWireReport } from '../messages/wire-report.ts';
import type { KnownRun } from './known-run.ts';
import type { LentWorld, WorldSource } from './world-source.ts';

/** Builds what a run asks for, and tells it every event. Errors, too, become the run's end. */
export async function carryOut(known: KnownRun, worlds: WorldSource): Promise<RunEnd> {
  try {
    const { id, order } = known.opening;
    return await carryOutIn(await worlds.lend(id, order.world), known);
  } catch (error) {
    return { type: 'failed', error: toWireError(error) };
  }
}

async function carryOutIn(lent: LentWorld, known: KnownRun): Promise<RunEnd> {
  const { world } = lent;
  const { id, order } = known.opening;
  known.placements.asks = (step) => world.executor.whyHere(step);
  const { roots, links, keepGoing, priority, settings, groups, isTrial } = order;
  let isTroubled = false;
  const onEvent = (event: RunEvent): void => {
    isTroubled ||= troubles.has(event.type);
    known.tell(event);
  };
  try {
    const outLink = prefixOf(links, world);
    const request = { id, roots, outLink, keepGoing, priority, settings, groups, isTrial };
    const report = await run(request, world, onEvent, known.signal);
    const tookMs = world.now() - known.opening.startedAt;
    return { type: 'report', report: toWireReport(report), tookMs };
  } catch (error) {
    // The failure may be due to the settings of the hub, which the user may change now.
    isTroubled = true;
    throw error;
  } finally {
    known.placements.asks = () => undefined;
    lent.giveBack(isTroubled || world.executor.roster.hasStrangers);
  }
}

function prefixOf(links: WantedLinks | null, { executor: { hub } }: World): string | undefined {
  if (links === null || (links.onlyHere && hub.isRemote)) return undefined;
  return links.prefix;
}

const troubles: ReadonlySet<RunEvent['type']> = new Set([
  'builder-unusable',
  'features-missing',
  'attempt-lost',
]);
