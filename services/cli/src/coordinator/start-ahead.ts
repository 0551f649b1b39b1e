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

/** Minutes after which a coordinator ends that nobody wants anything of. */
const usualIdleMinutes = 10;

/** With one of these `build` asks no coordinator, or that of another ledger. */
const elsewhere = /^(--ledger(=.*)?|--dry-run|-h|--help)$/;

let ahead: { readonly folder: string; readonly started: Started } | undefined;

/**
 * Starts the coordinator that these words will want, while the command itself is still to be loaded,
 * which takes as long again. What is in the way of that is told when the command comes to it.
 */
export function startAhead([command, ...words]: readonly string[]): void {
  if (command !== 'build' || words.some((word) => elsewhere.test(word))) return;
  const place = userPlace({});
  try {
    preparePlace(place);
    if (existsSync(socketOf(place))) return;
    const started = startUserCoordinator(place);
    // Nobody waits for it if the command comes to nothing.
    started?.channel.unref();
    if (started !== undefined) ahead = { folder: place.folder, started };
  } catch {}
}

/** The one that was started ahead in this place; given once. */
export function takeStartedAhead({ folder }: Place): Started | undefined {
  if (ahead?.folder !== folder) return undefined;
  const { started } = ahead;
  ahead = undefined;
  started.channel.ref();
  return started;
}

/** Undefined where one is there or on its way. */
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
