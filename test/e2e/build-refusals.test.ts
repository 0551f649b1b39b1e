import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { SmallDisk } from '../small-disk.ts';
import { Dispatch, endCoordinators } from './dispatch.ts';
import { instantiate, writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;

beforeAll(async () => {
  farm = await startFarm({ hub: { trusted: false }, builders: [{ name: 'near' }] });
  dispatch = new Dispatch(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

test('a hub that does not trust the user says so before anything is built, and what to add', async () => {
  const file = writeRecipes(farm, 'a = shell "a" "echo a > $out" {};');
  const { code, stdout, stderr } = await dispatch.build(['-f', file, '-A', 'a']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^dispatch: unix:\S+ does not trust this user, .*'trusted-users = root \S+'/,
  );
  expect(stderr).not.toContain('building');
});

test('where the local daemon alone builds, it need not trust anybody', async () => {
  const file = writeRecipes(
    farm,
    `low = shell "low" "echo low > $out" {};
     high = shell "high" "cat $low > $out" { inherit low; };`,
  );
  const { code, stdout, stderr } = await dispatch.build(['-f', file, '-A', 'high'], '');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/-high\n$/);
});

test('a derivation that is not what its path says: which, and nothing is built', async () => {
  const file = writeRecipes(
    farm,
    `inner = shell "inner" "echo inner > $out" {};
     outer = shell "outer" "cat $inner > $out" { inherit inner; };`,
  );
  const [inner, outer] = [
    await instantiate(farm, file, 'inner'),
    await instantiate(farm, file, 'outer'),
  ];
  const real = farm.hub.daemon.realPath(inner);
  const text = readFileSync(real, 'utf8');
  chmodSync(real, 0o644);
  writeFileSync(real, text.replace('echo inner', 'echo other'));
  const altered = await dispatch.build([outer], '');
  expect(altered.code).toBe(1);
  expect(altered.stderr).toMatch(/^dispatch: \S+-inner\.drv is not .* hashes to /);
  writeFileSync(real, text.slice(0, 100));
  const cut = await dispatch.build([outer], '');
  expect(cut.code).toBe(1);
  expect(cut.stderr).toMatch(/^dispatch: \S+-inner\.drv is not /);
  writeFileSync(real, text);
});

test('what cannot be built is refused with a word on what to do', async () => {
  const absent = '/nix/store/00000000000000000000000000000000-absent';
  expect(await told()).toContain('nothing to build: name a .drv path');
  expect(await told(`${absent}.drv`)).toMatch(/cannot read .*-absent\.drv: .* does not have it/);
  expect(await told(absent)).toContain('is not a derivation');
  expect(await told('x.nix')).toContain('use -f x.nix');
  expect(await told('-j', 'many')).toContain('It must be a whole number');
  expect(await told(`${absent}.drv`, '--store', 'https://x')).toContain('cannot use the store URI');
  expect(await told(`${absent}.drv`, '--builders', '@/nowhere')).toContain(
    'machines file /nowhere',
  );
  expect(await told(`${absent}.drv`, '--ledger', 'what')).toContain('names no ledger');
});

test.each([
  ['a state folder', (place: string) => ({ env: { XDG_STATE_HOME: place }, more: [] })],
  ['a ledger', (place: string) => ({ env: {}, more: ['--ledger', `lmdb:${place}`] })],
])(
  '%s that cannot be one: one line says so, whoever would have waited for the build',
  async (_, unusable) => {
    const file = writeRecipes(farm, 'late = shell "late" "echo late > $out" {};');
    const plain = join(farm.folder, 'plain');
    writeFileSync(plain, '');
    const { env, more } = unusable(join(plain, 'within'));
    for (const how of [[], ['--detach']]) {
      const words = ['build', '--no-link', '-f', file, '-A', 'late', ...more, ...how];
      const { code, stdout, stderr } = await dispatch.run(words, { env });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^dispatch: the ledger cannot be kept in \S+within[^\n]+\n$/);
    }
  },
);

test('a ledger that is misspelt is refused before anything is started', async () => {
  const who = dispatch.person('misspelt');
  const file = writeRecipes(farm, 'one = shell "one" "echo > $out" {};');
  for (const words of [['build', '--no-link', '-f', file, '-A', 'one'], ['status'], ['serve']]) {
    const refused = await dispatch.run([...words, '--ledger', 'lmbd:/x'], { env: who });
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: 'dispatch: "lmbd:/x" names no ledger: use lmdb:DIRECTORY or memory:\n',
    });
  }
  expect(readdirSync(who.XDG_STATE_HOME)).toEqual([]);
});

test('who only reads refuses a ledger that is not there, and makes none', async () => {
  const url = `lmdb:${join(farm.folder, 'mistyped', 'ledger')}`;
  const absent = '/nix/store/00000000000000000000000000000000-absent';
  const readers = ['check', 'explain', 'log', 'clear', 'ledger show', 'watch', 'group status'];
  const named = readers.map((words) => [...words.split(' '), absent]);
  for (const words of [...named, ['ledger', 'list'], ['ledger', 'export', '-'], ['status']]) {
    const { code, stderr } = await dispatch.run([...words, '--ledger', url]);
    expect({ words, code, stderr }).toMatchObject({
      words,
      code: 1,
      stderr: expect.stringMatching(
        /^dispatch: there is no ledger in \S+mistyped\/ledger: [^\n]+\n$/,
      ),
    });
  }
  expect(existsSync(join(farm.folder, 'mistyped'))).toBe(false);
});

test('a full state disk: without a ledger nothing is built; with one the build goes on and says what is lost', async () => {
  using disk = new SmallDisk(join(farm.folder, 'disk'), '4m');
  const file = writeRecipes(
    farm,
    'one = shell "one" "echo 1 > $out" {}; two = shell "two" "yes | head -c 100000; echo 2 > $out" {};',
  );
  const env = { XDG_STATE_HOME: disk.folder };
  const build = (attribute: string) =>
    dispatch.run(['build', '--no-link', '-f', file, '-A', attribute], { env });
  try {
    disk.fill();
    const refused = await build('one');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^dispatch: state disk full at .*free space or set XDG_STATE_HOME\n$/,
    );

    disk.makeRoom();
    expect((await build('one')).code).toBe(0);
    disk.fill();
    const built = await build('two');
    expect(built).toMatchObject({ code: 0 });
    expect(built.stdout).toMatch(/-two\n$/);
    expect(built.stderr).toMatch(/warning: this run is not recorded: .*disk full/);
    expect(built.stderr).toMatch(/warning: the log \S+-two.drv-\d+.log is lost: ENOSPC/);
  } finally {
    await endCoordinators(disk.folder);
  }
});

/** What the command says when it refuses at once. */
async function told(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await dispatch.run(['build', ...args]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  return stderr;
}
