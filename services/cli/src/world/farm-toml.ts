import { messageOf } from '@dispatch/builders/errors';
import { canonicalStoreUri } from '@dispatch/builders/store-address';
import { parse, TomlError } from 'smol-toml';
import * as z from 'zod';
import { CommandError } from '../errors.ts';

/** How many there are of what a machine has only so many of, by name. */
type Resources = Readonly<Record<string, number>>;

const resourceName = z.string().regex(/^[^\s,]+$/, 'is no name of a feature');
const units = z.int('must be a whole number above 0').min(1, 'must be a whole number above 0');

const farmSchema = z.strictObject({
  machines: z
    .record(z.string(), z.strictObject({ resources: z.record(resourceName, units).default({}) }))
    .default({}),
});

/**
 * Reads a farm file: for each machine, by its URI or host name as in a machines file, its countable
 * resources. Throws `bad-file`.
 */
export function parseFarm(text: string, file: string): ReadonlyMap<string, Resources> {
  const checked = farmSchema.safeParse(parseToml(text, file));
  if (!checked.success) throw badSchema(checked.error, text, file);
  return new Map(
    Object.entries(checked.data.machines).map(([name, { resources }]) => [
      uriOf(name, text, file),
      resources,
    ]),
  );
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const line = cause instanceof TomlError ? cause.line : 1;
    throw new CommandError('bad-file', `${file}:${line}: ${messageOf(cause)}`, cause);
  }
}

function uriOf(name: string, text: string, file: string): string {
  try {
    return canonicalStoreUri(name);
  } catch (cause) {
    throw badKey({ text, file, path: ['machines', name] }, messageOf(cause), cause);
  }
}

function badSchema(error: z.ZodError, text: string, file: string): CommandError {
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map(String);
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return badKey({ text, file, path: [...path, key] }, 'is not known here', error);
  }
  const told = issue?.code === 'invalid_key' ? issue.issues[0] : issue;
  return badKey({ text, file, path }, told?.message ?? 'is wrong', error);
}

/** A key in a file. */
interface KeyPlace {
  readonly text: string;
  readonly file: string;
  readonly path: readonly string[];
}

function badKey({ text, file, path }: KeyPlace, what: string, cause: unknown): CommandError {
  const key = path.map((part) => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join('.');
  return new CommandError('bad-file', `${file}:${lineOf(path, text)}: ${key} ${what}`, cause);
}

/** The line on which a key most likely is: below, or on, those of the keys that it is in. */
function lineOf(path: readonly string[], text: string): number {
  const lines = text.split('\n');
  let at = 0;
  for (const key of path) {
    const found = lines.findIndex((line, index) => index >= at && line.includes(key));
    if (found !== -1) at = found;
  }
  return at + 1;
}
