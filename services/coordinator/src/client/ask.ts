import { existsSync } from 'node:fs';
import { runIdPattern } from '@dispatch/engine/run-id';
import { CoordinatorError } from '../errors.ts';
import type { Answer } from '../messages/answer.ts';
import type { Request } from '../messages/request.ts';
import { RemoteError } from '../messages/wire-error.ts';
import { requestFileOf } from '../place/place.ts';
import type { CoordinatorConnection } from './connection.ts';
import { findCoordinator, type Reach, reachCoordinator } from './reach.ts';

/**
 * The coordinator that may know of a run, if there is one. For an unfinished run that an earlier
 * coordinator left behind, one is started. Undefined for a text that is no run's id.
 */
export async function coordinatorOf(
  reach: Reach,
  run: string,
  signal: AbortSignal,
): Promise<CoordinatorConnection | undefined> {
  if (!runIdPattern.test(run)) return undefined;
  const isLeft = existsSync(requestFileOf(reach.place, run));
  return isLeft ? reachCoordinator(reach, signal) : findCoordinator(reach);
}

/** Sends one question and returns its answer. Throws the error of a refusal, and `lost`. */
export async function ask<Type extends Answer['type']>(
  connection: CoordinatorConnection,
  request: Request,
  type: Type,
): Promise<Extract<Answer, { type: Type }>> {
  connection.send(request);
  try {
    for await (const answer of connection.answers()) {
      if (answer.type === 'refused') throw new RemoteError(answer.error);
      if (isOf(answer, type)) return answer;
    }
    throw new CoordinatorError('lost', 'the coordinator ended before it answered; ask again');
  } finally {
    connection.close();
  }
}

function isOf<Type extends Answer['type']>(
  answer: Answer,
  type: Type,
): answer is Extract<Answer, { type: Type }> {
  return answer.type === type;
}
