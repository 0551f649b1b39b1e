import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { exportText } from '../src/export-lines.ts';
import { headerLineSchema, recordLineSchema } from '../src/export-schema.ts';
import { maximumEpoch } from '../src/poison-record.ts';
import { identity, record } from './support/samples.ts';

const file = new URL('../../../proto/ledger-record.schema.json', import.meta.url);
const published: unknown = JSON.parse(readFileSync(file, 'utf8'));

test('the published schema is the one that imports are checked by', () => {
  const derived = z.toJSONSchema(z.union([headerLineSchema, recordLineSchema]));
  expect(published).toEqual({
    ...derived,
    title: 'A line of `dispatch ledger export`',
    description: 'JSON lines: one header, then one line for each poison record.',
  });
});

test('every line of an export is valid by the published schema', () => {
  const schema = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0]);
  const records = [
    record(identity('a', 'a-out', 'a-dev'), 1, { reason: 'two\nlines\tand ümlaut' }),
    record(identity('floating'), maximumEpoch, { effect: 'clear', time: 0 }),
  ];
  for (const line of exportText('dispatchSerial', records).trimEnd().split('\n')) {
    expect(schema.safeParse(JSON.parse(line)).error).toBeUndefined();
  }
  expect(schema.safeParse({ ...records[0] }).success).toBe(false);
});
