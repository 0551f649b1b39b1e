import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { groupBuilder } from '../farm/group-builders.ts';
import type { ClientResult } from '../farm/hub.ts';
import { Dispatch, endCoordinators } from './dispatch.ts';
import { writeGroup } from './group-recipes.ts';
import { instantiate } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let file = '';

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      groupBuilder('one', { slots: 1 }),
      groupBuilder('two', { slots: 1 }),
      groupBuilder('closed', { slots: 1, settings: { 'extra-sandbox-paths': '' } }),
    ],
  });
  dispatch = new Dispatch(farm);
  const members = ['board', 'client'].map((name) => ({ name, role: name, script: 'echo > $out' }));
  file = writeGroup(farm, { name: 'pair', members });
});
afterAll(async () => {
  await endCoordinators(farm.folder);
  await farm[Symbol.asyncDispose]();
});

function plan(machines: readonly string[], ...words: string[]): Promise<ClientResult> {
  const lines = machines.map((name) => farm.builder(name).machineLine).join('\n');
  return dispatch.run(['plan', '-f', file, '--builders', lines, ...words]);
}

test('a plan tells which derivations are a group, and why they are others than Nix evaluated', async () => {
  const { code, stdout } = await plan(['one', 'two'], '-A', 'joined');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^of these, built as one each:\n {2}pair [0-9a-f]{8}: board, client \(its first attempt\)$/m,
  );
  const board = await instantiate(farm, file, 'board');
  expect(stdout).toContain(`(of a group, or depends on one; it was ${board})`);

  const printed = JSON.parse((await plan(['one', 'two'], '-A', 'joined', '--json')).stdout) as Plan;
  const [pair] = printed.groups;
  expect(pair).toMatchObject({ name: 'pair', mark: 'first', misfit: [] });
  expect(pair!.members.map(({ name }) => name)).toEqual(['board', 'client']);
  const built = printed.build.map(({ drvPath }) => drvPath);
  expect(built).toEqual(expect.arrayContaining(pair!.members.map(({ drvPath }) => drvPath)));
  expect(built).toContain(pair!.join);

  const join = await instantiate(farm, file, 'joined');
  const explained = (await dispatch.run(['explain', join])).stdout;
  expect(explained).toContain('with the ids of its groups it is built as another:');
  expect(explained).toContain(`  -> ${pair!.join}`);
  expect(explained).toContain(
    `because it depends on members of the group pair ${pair!.id.slice(0, 8)}`,
  );
});

test('a machine where members could not meet is none for groups, and the line to add is said', async () => {
  const { code, stdout, stderr } = await plan(['one', 'closed'], '-A', 'joined');
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^these machines could never hold the group pair [0-9a-f]{8}\n {2}board, client need 2 places at once:$/m,
  );
  expect(stderr).toContain(farm.builder('closed').uri);
  expect(stderr).toContain(
    "put the line 'extra-sandbox-paths = /run/dispatch?' into /etc/nix/nix.conf",
  );

  const lines = ['one', 'closed'].map((name) => farm.builder(name).machineLine).join('\n');
  const built = await dispatch.build(['-f', file, '-A', 'joined', '--no-link'], lines);
  expect(built.code).not.toBe(0);
  expect(built.stderr).toContain('need 2 places at once');
});

test('a member is not built for itself', async () => {
  const { code, stderr } = await plan(['one', 'two'], '-A', 'board');
  expect(code).toBe(1);
  expect(stderr).toContain('name the derivation that joins them, which has dispatchJoin = "pair"');
});

interface Plan {
  readonly build: readonly { readonly drvPath: string }[];
  readonly groups: readonly {
    readonly name: string;
    readonly id: string;
    readonly join: string;
    readonly members: readonly { readonly name: string; readonly drvPath: string }[];
  }[];
}
