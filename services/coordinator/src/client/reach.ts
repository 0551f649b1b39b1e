import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerFault } from '@dispatch/ledger/lmdb/fault';
import { CoordinatorError } from '../errors.ts';
import { isNewer, isSameVersion, type Version } from '../messages/version.ts';
import { placeHolder } from '../place/claim.ts';
import { type Place, preparePlace, socketOf } from '../place/place.ts';
import { CoordinatorConnection } from './connection.ts';
import type { Started } from './program.ts';

/** How a command finds or starts its coordinator. */
export interface Reach {
  readonly place: Place;
  readonly version: Version;
  /** The coordinator that was started in advance; returned by the first call only. */
  readonly startedAhead?: () => Started | undefined;
  /** Starts a coordinator; undefined where one is there already, or being started. */
  readonly start: () => Started | undefined;
}

const startMs = 30_000;
const betweenTriesMs = 4;

/** Connects to a running coordinator, if there is one. Throws `other-version` and `silent`. */
export async function findCoordinator({
  place,
  version,
}: Reach): Promise<CoordinatorConnection | undefined> {
  if (!existsSync(place.folder)) return undefined;
  const found = await CoordinatorConnection.open(place, version);
  if (found === undefined || isSameVersion(found.greeting.version, version)) return found;
  found.close();
  throw otherVersion(found, version);
}

/**
 * Connects to the coordinator. Starts one where there is none, and replaces an older one that has
 * nothing to do. Throws `other-version`, `not-started`, `silent` and `bad-place`.
 */
export async function reachCoordinator(
  reach: Reach,
  signal: AbortSignal,
): Promise<CoordinatorConnection> {
  preparePlace(reach.place);
  const deadline = Date.now() + startMs;
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    // Ask this one first even if it listens by now: after its loss it must not be taken for a new
    // one.
    const ahead = await greeted(reach.startedAhead?.(), reach);
    const found = ahead ?? (await listening(reach)) ?? (await greeted(reach.start(), reach));
    if (found === undefined) await sleep(betweenTriesMs);
    else if (isSameVersion(found.greeting.version, reach.version)) return found;
    else await replaced(found, reach, signal);
  }
  throw notStarted('', reach.place);
}

/**
 * Connects to a listening coordinator. Checks for its socket first, since starting one takes
 * longest and should begin at once.
 */
async function listening({ place, version }: Reach): Promise<CoordinatorConnection | undefined> {
  return existsSync(socketOf(place)) ? CoordinatorConnection.open(place, version) : undefined;
}

/**
 * Greets a coordinator that was started; undefined where another is being started, or was faster.
 * Throws `not-started`.
 */
async function greeted(
  begun: Started | undefined,
  { place, version }: Reach,
): Promise<CoordinatorConnection | undefined> {
  if (begun === undefined) return undefined;
  const connection = await CoordinatorConnection.greet(begun.channel, place, version);
  if (connection !== undefined) return connection;
  if ((await begun.exitCode()) === 0) return undefined;
  throw notStarted(begun.lastWords(), place);
}

async function replaced(
  found: CoordinatorConnection,
  { place, version }: Reach,
  signal: AbortSignal,
): Promise<void> {
  const { greeting } = found;
  if (!isNewer(version, greeting.version) || greeting.running > 0) {
    found.close();
    throw otherVersion(found, version);
  }
  found.send({ type: 'end' });
  for await (const answer of found.answers()) {
    if (answer.type === 'refused') throw otherVersion(found, version);
  }
  const deadline = Date.now() + startMs;
  while (placeHolder(place) === greeting.pid && Date.now() < deadline) {
    signal.throwIfAborted();
    await sleep(betweenTriesMs);
  }
}

function otherVersion({ greeting }: CoordinatorConnection, own: Version): CoordinatorError {
  const { pid, running, version } = greeting;
  const older = isNewer(own, version) ? 'an older' : 'a newer';
  const does =
    running === 0 ? 'does nothing' : `builds for ${running === 1 ? 'a run' : `${running} runs`}`;
  const todo = isNewer(own, version)
    ? "wait until that is done, or end it with that dispatch's 'dispatch cancel'"
    : `use that one, or end it first: 'kill ${pid}'`;
  return new CoordinatorError(
    'other-version',
    `the coordinator (process ${pid}) is of ${older} dispatch (${describe(version)}, this is ` +
      `${describe(own)}) and ${does}; ${todo}`,
  );
}

function describe({ release, builtAt }: Version): string {
  return `${release} of ${new Date(builtAt).toISOString().slice(0, 19)}`;
}

function notStarted(lastWords: string, place: Place): unknown {
  const words = lastWords.split('\n').at(-1) ?? '';
  if (words === '') return diskFault(place);
  const why = words.replace(/^dispatch: /, '');
  return new CoordinatorError('not-started', `the coordinator did not start: ${why}`);
}

/** The error for a coordinator that wrote nothing, not even to its log: the disk may be full. */
function diskFault({ folder }: Place): unknown {
  const probe = join(folder, `probe-${process.pid}`);
  try {
    writeFileSync(probe, new Uint8Array(4096), { flush: true });
  } catch (error) {
    return ledgerFault(error, folder);
  } finally {
    rmSync(probe, { force: true });
  }
  return new CoordinatorError('not-started', `no coordinator listens in ${folder}`);
}
