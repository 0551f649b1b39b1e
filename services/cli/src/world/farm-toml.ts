import type { Machine } from '@dispatch/builders/machine';
import { canonicalStoreUri } from '@dispatch/builders/store-address';
import { messageOf } from '@dispatch/nix/message-of';
import * as z from 'zod';
import { badKey, parseToml } from './checked-toml.ts';

/** What a farm file says of a machine: what it has only so many of, and its tags. */
export type FarmEntry = Required<Pick<Machine, 'resources' | 'tags'>>;

const resourceName = z.string().regex(/^[^\s,]+$/, 'is no name of a feature');
const units = z.int('must be a whole number above 0').min(1, 'must be a whole number above 0');
const notWords = 'must be a list of words';
const tag = z.string(notWords).regex(/^[^\s,]+$/, notWords);

const farmSchema = z.strictObject({
  machines: z
    .record(
      z.string(),
      z.strictObject({
        resources: z.record(resourceName, units).default({}),
        tags: z.array(tag, notWords).default([]),
      }),
    )
    .default({}),
});

/** Parses a farm file, which names machines as a machines file does. Its entries, by URI. Throws `bad-file`. */
export function parseFarm(text: string, file: string): ReadonlyMap<string, FarmEntry> {
  const { machines } = parseToml(text, file, farmSchema);
  return new Map(Object.entries(machines).map(([name, entry]) => [uriOf(name, text, file), entry]));
}

function uriOf(name: string, text: string, file: string): string {
  try {
    return canonicalStoreUri(name);
  } catch (cause) {
    throw badKey({ text, file, path: ['machines', name] }, messageOf(cause), cause);
  }
}
