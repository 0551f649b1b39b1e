import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { helloSchema } from '../src/messages/hello.ts';
import { requestSchema } from '../src/messages/request.ts';
import { order, runId } from './support/order.ts';

const file = new URL('../../../proto/coordinator-request.schema.json', import.meta.url);
const published: unknown = JSON.parse(readFileSync(file, 'utf8'));

test('the published schema is the one that requests are checked by', () => {
  expect(published).toEqual({
    ...z.toJSONSchema(z.union([helloSchema, requestSchema])),
    title: 'What a command says to a coordinator',
    description: 'JSON lines: a hello, then requests.',
  });
});

test('an order is valid by the published schema', () => {
  const schema = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0]);
  const request = { type: 'build', run: runId(), detached: false, order, since: 0 };
  expect(schema.safeParse(JSON.parse(JSON.stringify(request))).error).toBeUndefined();
  expect(schema.safeParse({ ...request, run: '../x' }).success).toBe(false);
});
