import { maximumSerial } from '@dispatch/graph/serial-variable';
import { messageOf } from '@dispatch/nix/message-of';
import { CommandError } from '../errors.ts';
import { readLimitedFile } from './limited-file.ts';

const form = 'it has to be a JSON object of the form { "<drv path>": <serial> }';

/** The serials in a file, `{ "<drv path>": <serial> }`. Throws `bad-file`, with the key at fault. */
export function readSerials(file: string): Map<string, number> {
  const serials = new Map<string, number>();
  for (const [path, serial] of Object.entries(readObject(file))) {
    if (!isSerial(serial)) {
      const given = JSON.stringify(serial);
      throw bad(file, `the serial of ${path} is ${given}, and not a whole number from 1 to 2^31`);
    }
    serials.set(path, serial);
  }
  return serials;
}

function isSerial(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= maximumSerial;
}

function readObject(file: string): object {
  const value = readJson(file);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw bad(file, form);
}

function readJson(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw bad(file, `${messageOf(cause)}; ${form}`, cause);
  }
}

function readText(file: string): string {
  try {
    return readLimitedFile(file);
  } catch (cause) {
    throw bad(file, messageOf(cause), cause);
  }
}

function bad(file: string, fault: string, cause?: unknown): CommandError {
  return new CommandError('bad-file', `cannot take serials from ${file}: ${fault}`, cause);
}
