import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { groupBuilder } from '../farm/group-builders.ts';
import { Dispatch, endCoordinators } from './dispatch.ts';
import { writeGroup } from './group-recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
/** The folder in which members outside of the sandbox leave the paths of their sockets, and wait for `go`. */
let board: string;

beforeAll(async () => {
  farm = await startFarm({ builders: [groupBuilder('shared', { slots: 4 })] });
  dispatch = new Dispatch(farm);
  board = join(farm.folder, 'board');
  mkdirSync(board, { mode: 0o777 });
});
afterAll(async () => {
  await endCoordinators(farm.folder);
  await farm?.[Symbol.asyncDispose]();
});

/** A group whose members say where they can be attacked, and stay until the attack is over. */
function victims(): string {
  const members = ['alice', 'bob'].map((name) => ({
    name,
    role: name,
    attributes: '__noChroot = true;',
    script: `
hello; call send/${name}; call sync/up; echo $s > ${board}/${name}.part; mv ${board}/${name}.part ${board}/${name}
while ! [ -e ${board}/go ]; do sleep 0.1; done; call list > $out; call commit`,
  }));
  return writeGroup(farm, { name: 'bank', members });
}

/** Calls at the socket `$v` with various tokens; prints only the statuses. */
const attack = `
told() { curl -sS -o said -w '%{http_code} ' --unix-socket $v -H "Authorization: Bearer $1" http://x/$2; }
attack() {
  told $t self; told $t fail; told "" commit
  set -- $(curl -sS --unix-socket $v http://x/hello)
  told "$1" fail; told "$1" send/address; echo
}`;

/** A group that attacks these sockets, and that of its own neighbour. */
function thieves(sockets: readonly string[]): string {
  const eve = {
    name: 'eve',
    role: 'eve',
    script: `
hello; n=$(call wait/socket?key=path)
${attack}
for v in ${sockets.join(' ')} /run/dispatch/$n; do attack; done > $out; call commit`,
  };
  const neighbour = {
    name: 'neighbour',
    role: 'neighbour',
    script: 'hello; call send/socket -d path=${s##*/}; call commit; echo unharmed > $out',
  };
  return writeGroup(farm, { name: 'thieves', members: [eve, neighbour] });
}

test('a member cannot speak at the sockets of others on its machine, of its own group or another', async () => {
  const build = (file: string): ReturnType<Dispatch['build']> =>
    dispatch.build(['-f', file, '-A', 'joined'], farm.machines);
  const attacked = build(victims());
  const places = ['alice', 'bob'].map((name) => join(board, name));
  await expect.poll(() => places.every(existsSync), { timeout: 30_000 }).toBe(true);
  const sockets = places.map((place) => readFileSync(place, 'utf8').trim());
  const robbing = await build(thieves(sockets));
  writeFileSync(join(board, 'go'), '');
  const robbed = await attacked;
  expect(`${robbing.code} ${robbing.stderr}`).toMatch(/^0 /);
  expect(`${robbed.code} ${robbed.stderr}`).toMatch(/^0 /);
  const text = ({ stdout }: typeof robbed): string =>
    readFileSync(farm.hub.daemon.realPath(stdout.trim()), 'utf8');
  expect(text(robbing)).toBe(`${'403 403 403 403 403 \n'.repeat(3)}unharmed\n`);
  expect(text(robbed).match(/^\w+/gm)).toEqual(['alice', 'bob', 'alice', 'bob']);
  const log = await dispatch.run(['group', 'log', 'bank']);
  for (const member of ['alice', 'bob']) {
    const calls = [...log.stdout.matchAll(new RegExp(` ${member} += (.*)`, 'g'))];
    const expected = ['hello', `send ${member}`, 'sync up', 'list', 'commit'];
    expect(calls.map(([, call]) => call)).toEqual(expected);
  }
});
