import type { Reach } from '@dispatch/coordinator/client/reach';
import { ownProgram, ownVersion } from '../version.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';
import { userPlace } from '../world/user-place.ts';
import { userEnvironment } from './user-environment.ts';

/** Minutes after which a coordinator ends that nobody wants anything of. */
const usualIdleMinutes = 10;

/** The coordinator of the ledger that the user means, and how it is started. */
export function userReach(options: LedgerOptions): Reach {
  const place = userPlace(options);
  const idle = process.env['DISPATCH_IDLE_MINUTES'] || String(usualIdleMinutes);
  const words = ['serve', '--on-demand', '--ledger', place.ledger, '--idle', idle];
  return {
    place,
    version: ownVersion(),
    program: {
      program: process.execPath,
      arguments: [ownProgram(), ...words],
      environment: userEnvironment(),
    },
  };
}
