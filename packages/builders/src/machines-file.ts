import { BuildersError } from './errors.ts';
import type { Machine } from './machine.ts';
import { canonicalStoreUri } from './store-address.ts';

export interface MachinesFileOptions {
  /** The system of machines that name none: the local one. */
  readonly defaultSystem: string;
  /** The text of an included file; undefined when there is none, which is no error. */
  readonly readFile: (path: string) => string | undefined;
}

/** An entry with where it stands, for messages. */
interface Entry {
  readonly text: string;
  readonly place: string;
}

const maximumIncludeDepth = 16;

/**
 * Reads Nix's `builders` setting or a machines file: entries apart by newline or `;`, comments
 * after `#`, `@file` for another such file, eight columns of which `-` means the default.
 *
 * A host without a scheme and `ssh://` count as `ssh-ng://`: dispatch speaks the daemon's protocol
 * only, and what serves the one serves the other. Throws `bad-machine` with file and line.
 */
export function parseMachines(text: string, options: MachinesFileOptions): Machine[] {
  return entriesOf(text, 'builders', [], options).map((entry) =>
    machineOf(entry, options.defaultSystem),
  );
}

function entriesOf(
  text: string,
  file: string,
  includedFrom: readonly string[],
  options: MachinesFileOptions,
): Entry[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) =>
    (line.split('#', 1)[0] ?? '')
      .split(';')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .flatMap((part) => expanded(part, { file, line: index + 1 }, includedFrom, options)),
  );
}

function expanded(
  part: string,
  at: { readonly file: string; readonly line: number },
  includedFrom: readonly string[],
  options: MachinesFileOptions,
): Entry[] {
  const place = `${at.file}, line ${at.line}`;
  if (!part.startsWith('@')) return [{ text: part, place }];
  const path = part.slice(1).trim();
  if (includedFrom.includes(path) || includedFrom.length >= maximumIncludeDepth) {
    throw new BuildersError('bad-machine', `${place}: '@${path}' includes itself`, { path });
  }
  const text = options.readFile(path);
  return text === undefined ? [] : entriesOf(text, path, [...includedFrom, path], options);
}

function machineOf(entry: Entry, defaultSystem: string): Machine {
  const columns = entry.text.split(/\s+/);
  const column = (index: number): string | undefined => {
    const value = columns[index];
    return value === undefined || value === '-' ? undefined : value;
  };
  const uri = column(0);
  if (uri === undefined) throw fault(entry, 'the first column must be a store URI or host name');
  return {
    uri: readUri(entry, uri),
    systems: listOf(column(1)) ?? [defaultSystem],
    sshKey: column(2),
    maxJobs: jobsOf(entry, column(3)),
    speedFactor: speedOf(entry, column(4)),
    supportedFeatures: listOf(column(5)) ?? [],
    mandatoryFeatures: listOf(column(6)) ?? [],
    publicHostKey: hostKeyOf(entry, column(7)),
  };
}

function readUri(entry: Entry, uri: string): string {
  try {
    return canonicalStoreUri(uri);
  } catch (error) {
    throw fault(entry, error instanceof Error ? error.message : String(error), error);
  }
}

function listOf(value: string | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  return [...new Set(value.split(',').filter((item) => item !== ''))];
}

function jobsOf(entry: Entry, value: string | undefined): number {
  if (value === undefined) return 1;
  const jobs = Number(value);
  if (/^\d{1,10}$/.test(value) && jobs < 2 ** 32) return jobs;
  throw fault(entry, `the fourth column, the number of jobs, is '${value}', not a whole number`);
}

function speedOf(entry: Entry, value: string | undefined): number {
  if (value === undefined) return 1;
  const speed = Number(value);
  if (/^[0-9.]+(e[+-]?\d+)?$/i.test(value) && Number.isFinite(speed)) {
    return speed === 0 ? 1 : speed;
  }
  throw fault(entry, `the fifth column, the speed factor, is '${value}', not a number from 0 up`);
}

function hostKeyOf(entry: Entry, value: string | undefined): string | undefined {
  if (value === undefined || /^[A-Za-z0-9+/]+=*$/.test(value)) return value;
  throw fault(entry, `the eighth column, the public host key, is not base64: '${value}'`);
}

function fault(entry: Entry, what: string, cause?: unknown): BuildersError {
  return new BuildersError('bad-machine', `${entry.place}: ${what} (in '${entry.text}')`, {
    cause,
  });
}
