import type { EventSink } from '@dispatch/engine/events';
import type { RunReport } from '@dispatch/engine/report/run-report';
import { CoordinatorError } from '../errors.ts';
import type { Answer } from '../messages/answer.ts';
import type { BuildRequest, WatchRequest } from '../messages/request.ts';
import { RemoteError } from '../messages/wire-error.ts';
import { fromWireReport } from '../messages/wire-report.ts';
import { logOf } from '../place/place.ts';
import type { CoordinatorConnection } from './connection.ts';
import { type Reach, reachCoordinator } from './reach.ts';

/** The callbacks of whoever follows a run. */
export interface RunFollower {
  readonly onEvent: EventSink;
  /** The coordinator was lost, and the next one is asked for the run. */
  readonly onLost: () => void;
  /** This many lines of build logs were left out. */
  readonly onLeftOut: (lines: number) => void;
  /** The coordinator has taken on the run; see `accepted` of `Answer`. */
  readonly onAccepted?: () => void;
}

/** How a run ended. */
export interface FollowedRun {
  readonly report: RunReport;
  /** Milliseconds since the run was requested, including the time before anybody followed it. */
  readonly tookMs: number;
}

/** A request for a run to follow, without `since`, which `followRun` fills in. */
export type FollowRequest = Omit<BuildRequest, 'since'> | Omit<WatchRequest, 'since'>;

/**
 * The number of coordinators lost in a row, without any news of the run, after which it gives up.
 */
const mostLosses = 5;

/**
 * Requests a run and reports how it goes until it is over. When the coordinator is lost, the next
 * one, which continues the run, is asked. Aborting `stop` cancels a run that was requested here,
 * and its report still follows; a run that is only watched goes on, and the signal's reason is
 * thrown.
 */
export async function followRun(
  reach: Reach,
  first: CoordinatorConnection,
  request: FollowRequest,
  listener: RunFollower,
  stop: AbortSignal,
): Promise<FollowedRun> {
  const known = { instance: first.greeting.instance, seq: 0 };
  let connection = first;
  let losses = 0;
  for (;;) {
    if (connection.greeting.instance !== known.instance) {
      Object.assign(known, { instance: connection.greeting.instance, seq: 0 });
    }
    const before = known.seq;
    const ended = await followOn(
      connection,
      { ...request, since: known.seq },
      listener,
      known,
      stop,
    );
    if (ended !== undefined) return ended;
    stop.throwIfAborted();
    losses = known.seq > before ? 1 : losses + 1;
    // Starting another one would be in vain, and keep this process alive.
    if (losses === mostLosses) throw lostAgain(request, reach);
    listener.onLost();
    connection = await reachCoordinator(reach, stop);
  }
}

function lostAgain({ run }: FollowRequest, { place }: Reach): CoordinatorError {
  return new CoordinatorError(
    'lost',
    `the coordinator was lost again and again; why may be in ${logOf(place)}, and ` +
      `'dispatch watch ${run}' looks for the run`,
  );
}

/** Follows a run on one connection; undefined when the coordinator was lost. */
async function followOn(
  connection: CoordinatorConnection,
  request: BuildRequest | WatchRequest,
  listener: RunFollower,
  known: { seq: number },
  stop: AbortSignal,
): Promise<FollowedRun | undefined> {
  const { type, run } = request;
  const onStop = (): void =>
    type === 'build' ? connection.send({ type: 'cancel', run }) : connection.close();
  connection.send(request);
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  try {
    for await (const answer of connection.answers()) {
      if (answer.type === 'event') known.seq = answer.seq;
      const ended = told(answer, listener);
      if (ended !== undefined) return ended;
    }
    return undefined;
  } finally {
    stop.removeEventListener('abort', onStop);
    connection.close();
  }
}

function told(answer: Answer, listener: RunFollower): FollowedRun | undefined {
  switch (answer.type) {
    case 'accepted':
      listener.onAccepted?.();
      return undefined;
    case 'event':
      listener.onEvent(answer.event);
      return undefined;
    case 'left-out':
      listener.onLeftOut(answer.lines);
      return undefined;
    case 'report':
      return { report: fromWireReport(answer.report), tookMs: answer.tookMs };
    case 'failed':
    case 'refused':
      throw new RemoteError(answer.error);
    case 'hello':
    case 'status':
    case 'why-here':
    case 'machines':
    case 'steered':
    case 'cancelling':
    case 'ending':
    default:
      return undefined;
  }
}
