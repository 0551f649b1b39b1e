import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { groupBuilder } from '../farm/group-builders.ts';
import { Dispatch, endCoordinators } from './dispatch.ts';
import { writeGroup } from './group-recipes.ts';

let farm: Farm;
let dispatch: Dispatch;

beforeAll(async () => {
  const builders = ['one', 'two', 'three'].map((name) => groupBuilder(name));
  farm = await startFarm({ builders });
  dispatch = new Dispatch(farm);
});
afterEach(() => endCoordinators(farm.folder));
afterAll(() => farm?.[Symbol.asyncDispose]());

test('a group of three meets over SSH, and what joins it is built', async () => {
  const member = (name: string): { name: string; role: string; script: string } => ({
    name,
    role: name,
    script: `hello; call sync/ready -X POST; call list; call commit -X POST; echo ${name} > $out`,
  });
  const members = ['client', 'server', 'board'].map(member);
  const file = writeGroup(farm, { name: 'hil', members });
  const { code, stdout, stderr } = await dispatch.build(['-L', '-f', file, '-A', 'joined']);
  expect(stderr).not.toContain('error');
  expect(code).toBe(0);
  const path = farm.hub.daemon.realPath(stdout.trim());
  expect(readFileSync(path, 'utf8')).toBe('client\nserver\nboard\n');
});
