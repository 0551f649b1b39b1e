import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { groupBuilder } from '../farm/group-builders.ts';
import { Pty } from '../terminal/pty.ts';
import { Dispatch, endCoordinators } from './dispatch.ts';
import { writeGroup } from './group-recipes.ts';
import { differences } from './json-page.ts';

const program = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'dispatch');

let farm: Farm;
let dispatch: Dispatch;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      groupBuilder('one'),
      groupBuilder('two'),
      groupBuilder('hooked', { settings: { 'post-build-hook': '/bin/true' } }),
      groupBuilder('closed', { settings: { 'extra-sandbox-paths': '' } }),
    ],
  });
  dispatch = new Dispatch(farm);
});
afterAll(async () => {
  await endCoordinators(farm.folder);
  await farm[Symbol.asyncDispose]();
});

/** Machines that members are given to. */
function machines(...names: string[]): string {
  return (names.length === 0 ? ['one', 'two'] : names)
    .map((name) => farm.builder(name).machineLine)
    .join('\n');
}

/** A board and its client, which meet; then the board runs the given script. */
function pair(name: string, board: string): string {
  return writeGroup(farm, {
    name,
    members: [
      { name: 'board', role: 'board', script: `hello; call sync/up; ${board}` },
      {
        name: 'client',
        role: 'client',
        script: 'hello; call sync/up; echo "talking to the board"; call commit; echo > $out',
      },
    ],
  });
}

const fails = 'echo "no voltage"; exit 7';
const passes = 'call commit; echo > $out';

function build(file: string, ...words: string[]): ReturnType<Dispatch['run']> {
  return dispatch.build(['-f', file, '-A', 'joined', ...words], machines());
}

test('of a failed group: what came first, what followed, all last lines on one clock, where the rest is', async () => {
  const { code, stderr } = await build(pair('bad', fails));
  expect(code).toBe(100);
  const report = stderr.slice(stderr.indexOf('error: ')).split('\n');
  const id = /^error: group bad (\w{8}) failed after /.exec(report[0] ?? '')?.[1] ?? '';
  expect(report[0]).toMatch(/: board: builder failed with exit code 7$/);
  expect(report[1]).toMatch(/^ {2}cause: {8}board {3}on ssh-ng:.* failed after/);
  expect(report[2]).toMatch(/^ {2}consequence: {2}client {2}on ssh-ng:.* stopped/);
  const said = report.filter((line) => /^ +-?\d+\.\d{3} /.test(line));
  const times = said.map((line) => Number.parseFloat(line));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(said.join('\n')).toMatch(/ board {2}> no voltage\n/);
  expect(said.join('\n')).toMatch(/ client = sync up\n/);
  expect(said.join('\n')).not.toContain('dispatch-tag');
  expect(stderr).toContain(`the whole log of all: dispatch group log ${id}`);
  const log = await dispatch.run(['group', 'log', id]);
  for (const line of said)
    expect(log.stdout).toContain(line.slice(2).trimStart().split(' ').at(-1));
  const alone = await dispatch.run(['group', 'log', 'bad', '--member', 'board']);
  expect(alone.stdout).toContain('board  > no voltage');
  expect(alone.stdout).not.toMatch(/client [>=]/);
  const status = await dispatch.run(['group', 'status', id]);
  expect(status.stdout).toMatch(/it failed after .*: board: builder failed with exit code 7\n/);
});

test('attempts are listed, the newest first; what was never begun is no group', async () => {
  const file = pair('again', fails);
  await build(file);
  await build(file);
  const { stdout } = await dispatch.run(['group', 'status', 'again', '--json']);
  const { attempts } = JSON.parse(stdout) as {
    attempts: { readonly mark: string; readonly state: string }[];
  };
  expect(attempts.map(({ state }) => state)).toEqual(['failed', 'failed']);
  expect(attempts.map(({ mark }) => mark === 'first')).toEqual([false, true]);
  const table = await dispatch.run(['group', 'status', '-n', '1']);
  expect(table.stdout).toMatch(/^ATTEMPT .*\n\w{8} +again +failed +just now .*\n$/);
  const { code, stderr } = await dispatch.run(['group', 'status', 'nobody']);
  expect([code, stderr]).toEqual([1, expect.stringContaining("no group 'nobody'")]);
});

test('a build, a status and trials print the fields that are documented', async () => {
  const [good, bad] = [pair('good', passes), pair('worse', fails)];
  const builds = [await build(good, '--json'), await build(bad, '--json')];
  expect(differences('dispatch build', ...builds.map(({ stdout }) => stdout))).toEqual([]);
  const { stdout } = await dispatch.run(['group', 'status', '--json']);
  expect(differences('dispatch group status', stdout)).toEqual([]);
  const tried = ['group', 'try', '--json', '--runs', '2', '-A', 'joined', '--builders', machines()];
  const trials = [
    await dispatch.run([...tried, '-f', good]),
    await dispatch.run([...tried, '-f', bad]),
  ];
  expect(trials.map(({ code }) => code)).toEqual([0, 4]);
  expect(differences('dispatch group try', ...trials.map((one) => one.stdout))).toEqual([]);
  expect(JSON.parse(trials[1]?.stdout ?? '')).toMatchObject({ passed: 0, failed: 2, lost: 0 });
});

test('trials are carried out anew, and count for nothing', async () => {
  const file = pair('tried', passes);
  const wanted = ['-f', file, '-A', 'joined', '--runs', '2', '--builders', machines()];
  const tried = await dispatch.run(['group', 'try', '-q', ...wanted]);
  expect(tried.stdout).toMatch(/^2 of 2 trials passed\n/);
  expect(tried.stdout).toMatch(/\nboard +ssh-ng:\S+ +\d of \d \(100 %\) /);
  expect(tried.code).toBe(0);
  expect((await build(file)).stderr).toContain('built tried-joined');
  const { stdout } = await dispatch.run(['group', 'status', 'tried', '--json']);
  const { attempts } = JSON.parse(stdout) as { attempts: { trial: boolean; mark: string }[] };
  expect(attempts.map(({ trial }) => trial)).toEqual([false, true, true]);
  expect(attempts[0]?.mark).toBe('first');
});

test('a machine where members cannot meet, and one that publishes them too early, are pointed out', async () => {
  const asked = ['builders', '--builders', machines('one', 'hooked', 'closed')];
  const { stdout } = await dispatch.run([...asked, '--json']);
  const { builders } = JSON.parse(stdout) as { builders: { readonly problems: string[] }[] };
  expect(builders.map(({ problems }) => problems)).toEqual([
    [],
    [expect.stringMatching(/^its post-build-hook \/bin\/true .*before the group counts/)],
    [expect.stringContaining("'extra-sandbox-paths = /run/dispatch?'")],
  ]);
});

test('at a terminal a group is one block, and at the end there is no trace of it', async () => {
  const file = pair('shown', `sleep 2; ${passes}`);
  const command = `${program} build --no-link -f ${file} -A joined --builders '${machines().replaceAll('\n', ';')}'`;
  const pty = new Pty(command, { env: farm.hub.env, columns: 100 });
  const seen = await pty.shows(/▸ group shown \w{8} +1s .*\n├─▸ board .*\n└─▸ client .*commit.*\n/);
  expect(seen).toMatch(/group shown \w{8}: board, client\n/);
  expect(await pty.ended).toBe(0);
  const lines = await pty.emulator.lines();
  expect(lines.join('\n')).toMatch(/^passed: group shown \w{8} after .*: board, client$/m);
  expect(lines.join('\n')).not.toMatch(/[▸◦━─]/);
});
