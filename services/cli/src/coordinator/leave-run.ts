import type { CoordinatorConnection } from '@dispatch/coordinator/client/connection';
import type { FollowRequest } from '@dispatch/coordinator/client/follow-run';
import { RemoteError } from '@dispatch/coordinator/messages/wire-error';
import { CommandError } from '../errors.ts';
import { print, printJson } from '../show/standard-output.ts';

/**
 * Asks for a run and leaves it to the coordinator, once the coordinator protects the derivations from
 * garbage collection. Prints the run's id. Returns the exit code.
 */
export async function leaveRun(
  connection: CoordinatorConnection,
  request: Extract<FollowRequest, { type: 'build' }>,
  asJson: boolean,
): Promise<number> {
  const { run } = request;
  connection.send({ ...request, since: 0 });
  for await (const answer of connection.answers()) {
    if (answer.type === 'failed' || answer.type === 'refused') throw new RemoteError(answer.error);
    // `poison-found` comes right after everything was read, and by then it is protected.
    const isHeld = answer.type === 'event' && answer.event.type === 'poison-found';
    if (!isHeld && answer.type !== 'report') continue;
    if (asJson) printJson({ run });
    else print(run);
    return 0;
  }
  throw new CommandError(
    'half-done',
    `the coordinator ended before it began; 'dispatch watch ${run}' starts another, which goes on`,
  );
}
