import { existsSync } from 'node:fs';
import {
  type CoordinatorProgram,
  type Started,
  startCoordinator,
} from '@dispatch/coordinator/client/program';
import { type Place, preparePlace, socketOf } from '@dispatch/coordinator/place/place';
import { ownProgram } from '../version.ts';
import { userPlace } from '../world/user-place.ts';
import { userEnvironment } from './user-environment.ts';

/** Minutes after which a coordinator that nobody uses ends. */
const usualIdleMinutes = 10;

/** Options with which `build` asks no coordinator, or the one of another ledger. */
const elsewhere = /^(--ledger(=.*)?|--dry-run|-h|--help)$/;

let ahead: { readonly folder: string; readonly started: Started } | undefined;

/**
 * Starts the coordinator that a `dispatch build` will need, so that it starts up while the command is
 * loaded, which takes as long. Errors are ignored here: the command runs into them again, and reports
 * them.
 */
export function startAhead([command, ...words]: readonly string[]): void {
  if (command !== 'build' || words.some((word) => elsewhere.test(word))) return;
  const place = userPlace({});
  try {
    preparePlace(place);
    if (existsSync(socketOf(place))) return;
    const started = startUserCoordinator(place);
    // If the command fails before it needs the coordinator, it need not wait for it.
    started?.channel.unref();
    if (started !== undefined) ahead = { folder: place.folder, started };
  } catch {}
}

/** The coordinator that `startAhead` started in this place; only the first call gets it. */
export function takeStartedAhead({ folder }: Place): Started | undefined {
  if (ahead?.folder !== folder) return undefined;
  const { started } = ahead;
  ahead = undefined;
  started.channel.ref();
  return started;
}

/** Starts the coordinator of this place; undefined where one holds the place already. */
export function startUserCoordinator(place: Place): Started | undefined {
  return startCoordinator(userProgram(place), place);
}

function userProgram({ ledger }: Place): CoordinatorProgram {
  const idle = process.env['DISPATCH_IDLE_MINUTES'] || String(usualIdleMinutes);
  const words = ['serve', '--on-demand', '--ledger', ledger, '--idle', idle];
  return {
    program: process.execPath,
    arguments: [ownProgram(), ...words],
    environment: userEnvironment(),
  };
}
