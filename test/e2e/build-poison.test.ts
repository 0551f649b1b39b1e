import { join } from 'node:path';
import { openLedger } from '@dispatch/ledger/open-ledger';
import type { Effect } from '@dispatch/ledger/poison-record';
import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Dispatch } from './dispatch.ts';
import { instantiate, writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'far', ssh: true }, { name: 'near' }] });
  dispatch = new Dispatch(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

async function record(drvPath: string, output: string, effect: Effect): Promise<void> {
  const state = farm.hub.env['XDG_STATE_HOME'] ?? '';
  const ledger = await openLedger(`lmdb:${join(state, 'dispatch', 'ledger')}`);
  const identity = { drvPath: drvPath as StorePath, outputPaths: [output as StorePath] };
  const change = { identity, effect, author: 'ann', time: Date.now(), reason: 'bad code' };
  await ledger.poison.append(change);
  await ledger.close();
}

function built(stderr: string): string[] {
  return [...stderr.matchAll(/ built (\S+) on/g)].map(([, name]) => name!).toSorted();
}

test('poison in the middle: what is downstream is built anew, nothing else is; clear brings all of it back', async () => {
  const file = writeRecipes(
    farm,
    `tool = shell "tool" "echo tool > $out" {};
     left = shell "left" "cat $tool > $out" { inherit tool; };
     right = shell "right" "cat $tool > $out; echo right >> $out" { inherit tool; };
     apart = shell "apart" "echo apart > $out" {};
     both = shell "both" "cat $left $right $apart > $out" { inherit left right apart; };
     above = shell "above" "cat $both > $out" { inherit both; };`,
  );
  const build = (...more: string[]) => dispatch.build(['-f', file, '-A', 'above', ...more]);
  const before = await build();
  expect(built(before.stderr)).toEqual(['above', 'apart', 'both', 'left', 'right', 'tool']);

  const right = await instantiate(farm, file, 'right');
  const { stdout } = await farm.hub.run('nix-store', ['-q', '--outputs', right]);
  await record(right, stdout.trim(), 'poison');
  const planned = await build('--dry-run');
  expect(planned.stdout).toContain('to build, 3 derivations, about ');
  expect(planned.stdout).toContain('-right.drv  (poisoned, serial 1: bad code)\n');
  const after = await build('--json');
  expect(built(after.stderr)).toEqual(['above', 'both', 'right']);
  const told = JSON.parse(after.stdout) as { roots: { outputs: { out: string } }[] };
  expect(told).toMatchObject({
    poisoned: [{ original: right, serial: 1, reason: 'bad code', author: 'ann' }],
  });
  const rebuilt = told.roots[0]?.outputs.out;
  expect(rebuilt).toMatch(/-above$/);
  expect(rebuilt).not.toBe(before.stdout.trim());
  expect(await build('-q')).toEqual({ code: 0, stdout: `${rebuilt}\n`, stderr: '' });

  await record(right, stdout.trim(), 'clear');
  const cleared = await build();
  expect(cleared).toEqual({ ...before, stderr: 'everything is there already\n' });
});

test('a rewritten derivation can be named itself', async () => {
  const file = writeRecipes(
    farm,
    `low = shell "low" "echo low > $out" {};
     high = shell "high" "cat $low > $out" { inherit low; };`,
  );
  const low = await instantiate(farm, file, 'low');
  const { stdout } = await farm.hub.run('nix-store', ['-q', '--outputs', low]);
  await record(low, stdout.trim(), 'poison');
  const first = await dispatch.build(['-f', file, '-A', 'high', '--json']);
  const [root] = (
    JSON.parse(first.stdout) as { roots: { drvPath: string; outputs: { out: string } }[] }
  ).roots;
  const again = await dispatch.build([root!.drvPath]);
  expect(again.stdout.trim()).toBe(root!.outputs.out);
  await record(low, stdout.trim(), 'poison');
  const worse = await dispatch.build([root!.drvPath]);
  expect(worse.stderr).toContain('poisoned: low (serial 2: bad code; by ann)');
  expect(worse.stdout.trim()).not.toBe(root!.outputs.out);
});
