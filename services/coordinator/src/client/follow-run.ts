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

/** Who is told how a run goes. */
export interface RunFollower {
  readonly onEvent: EventSink;
  /** The coordinator is gone, and the next one is asked for the run. */
  readonly onLost: () => void;
  /** So many lines of logs were left out. */
  readonly onLeftOut: (lines: number) => void;
  /** The run is written down, and goes on whatever happens. */
  readonly onAccepted?: () => void;
}

/** How a run ended. */
export interface FollowedRun {
  readonly report: RunReport;
  /** From when it was asked for, however long that was before anybody followed it. */
  readonly tookMs: number;
}

/** What asks for a run that is to be followed; which events are known is for the follower to say. */
export type FollowRequest = Omit<BuildRequest, 'since'> | Omit<WatchRequest, 'since'>;

/** How often in a row a coordinator may be lost without a word of the run before nobody asks again. */
const mostLosses = 5;

/**
 * Asks for a run and tells how it goes until it is over. When the coordinator is lost, the next one,
 * which goes on with the run, is asked. Aborting `stop` cancels a run that was asked for, and its
 * report is told then, too; one that is only watched goes on, and the signal's reason is thrown.
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
    // The next one would be started in vain, and keep the process alive.
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

/** Undefined when the coordinator was lost. */
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
