import { messageOf } from '@dispatch/nix/message-of';
import type { BuildersError } from './errors.ts';
import type { Machine } from './machine.ts';
import {
  type EntrySource,
  type MachineEntry,
  machineEntries,
  placedError,
} from './machine-entries.ts';
import { canonicalStoreUri, storeAddress } from './store-address.ts';

export interface MachinesFileOptions extends EntrySource {
  /** The system of machines that name none: the local one. */
  readonly defaultSystem: string;
}

/**
 * Reads Nix's `builders` setting or a machines file: entries separated by newlines or `;`, comments
 * from `#` to the end of the line, `@file` to include another such file, eight columns in which `-`
 * means the default. Further columns are ignored, as Nix does.
 *
 * A host without a scheme and `ssh://` count as `ssh-ng://`: dispatch speaks only the daemon's
 * protocol, and a machine that serves one serves the other. Throws `bad-machine` with file, line
 * and character, the latter two counted from 1.
 */
export function parseMachines(text: string, options: MachinesFileOptions): Machine[] {
  return machineEntries(text, options).map((entry) => machineOf(entry, options.defaultSystem));
}

function machineOf(entry: MachineEntry, defaultSystem: string): Machine {
  const machine: Machine = {
    uri: uriOf(entry),
    systems: listOf(entry, 1) ?? [defaultSystem],
    sshKey: columnOf(entry, 2),
    maxJobs: jobsOf(entry, 3),
    speedFactor: speedOf(entry, 4),
    supportedFeatures: listOf(entry, 5) ?? [],
    mandatoryFeatures: listOf(entry, 6) ?? [],
    publicHostKey: hostKeyOf(entry, 7),
  };
  // The URI was checked alone, so that only the host key can still be wrong.
  usable(entry, 7, () => storeAddress(machine));
  return machine;
}

/** The text of a column; undefined where it stands for the default. */
function columnOf(entry: MachineEntry, index: number): string | undefined {
  const value = entry.columns[index]?.text;
  return value === '-' ? undefined : value;
}

function uriOf(entry: MachineEntry): string {
  const uri = columnOf(entry, 0);
  if (uri === undefined) throw fault(entry, 0, 'a store URI or host name must be there, not -');
  return usable(entry, 0, () => canonicalStoreUri(uri));
}

function listOf(entry: MachineEntry, index: number): string[] | undefined {
  const value = columnOf(entry, index);
  if (value === undefined) return undefined;
  return [...new Set(value.split(',').filter((item) => item !== ''))];
}

function jobsOf(entry: MachineEntry, index: number): number {
  const value = columnOf(entry, index);
  if (value === undefined) return 1;
  const jobs = Number(value);
  if (/^\+?\d{1,10}$/.test(value) && jobs < 2 ** 32) return jobs;
  throw fault(entry, index, `'${value}' is not a whole number from 0 up`);
}

function speedOf(entry: MachineEntry, index: number): number {
  const value = columnOf(entry, index);
  if (value === undefined) return 1;
  const speed = Number(value);
  if (/^\+?[0-9.]+(e[+-]?\d+)?$/i.test(value) && Number.isFinite(speed)) {
    return speed === 0 ? 1 : speed;
  }
  throw fault(entry, index, `'${value}' is not a number from 0 up`);
}

function hostKeyOf(entry: MachineEntry, index: number): string | undefined {
  const value = columnOf(entry, index);
  if (value === undefined || /^[A-Za-z0-9+/]+=*$/.test(value)) return value;
  throw fault(entry, index, `'${value}' is not base64`);
}

/** The result of `parse` for a column; an error is thrown anew with the column's position. */
function usable<Result>(entry: MachineEntry, index: number, parse: () => Result): Result {
  try {
    return parse();
  } catch (cause) {
    const what = messageOf(cause);
    throw fault(entry, index, what, cause);
  }
}

const columnNames = [
  'first column, the store URI',
  'second column, the systems',
  'third column, the SSH key',
  'fourth column, the number of jobs',
  'fifth column, the speed factor',
  'sixth column, the features',
  'seventh column, the mandatory features',
  'eighth column, the public host key',
];

function fault(entry: MachineEntry, index: number, what: string, cause?: unknown): BuildersError {
  const character = entry.columns[index]?.character ?? entry.character;
  const text = `in the ${columnNames[index]}: ${what} (the whole entry is '${entry.text}')`;
  return placedError({ ...entry, character }, text, cause);
}
