import { setTimeout as sleep } from 'node:timers/promises';
import type { Steering } from '@dispatch/engine/farm/steering';
import { CoordinatorError } from '../errors.ts';
import { claimPlace } from '../place/claim.ts';
import { preparePlace } from '../place/place.ts';
import { Withdrawals } from '../steering/withdrawals.ts';
import { ask } from './ask.ts';
import { findCoordinator, type Reach } from './reach.ts';

const mostMs = 30_000;
const betweenTriesMs = 4;

/**
 * Takes builders out of use, or back into use, for all runs. Where there is no coordinator, this
 * process holds its place until it ends, and the next coordinator reads what it wrote. Throws
 * `other-version`, `silent` and `bad-place`.
 */
export async function steerBuilders(
  reach: Reach,
  builders: readonly string[],
  steering: Steering,
  warn: (text: string) => void,
): Promise<void> {
  const { place } = reach;
  preparePlace(place);
  for (const deadline = Date.now() + mostMs; Date.now() < deadline; await sleep(betweenTriesMs)) {
    const connection = await findCoordinator(reach);
    if (connection !== undefined) {
      await ask(connection, { type: 'steer', builders, steering }, 'steered');
      return;
    }
    if (!claimPlace(place)) continue;
    const refused = (file: string, why: string): void => warn(`${file} is laid aside: ${why}`);
    await Withdrawals.open(place, refused).note(builders, steering, Date.now());
    return;
  }
  throw new CoordinatorError('silent', `the coordinator in ${place.folder} does not come up`);
}
