import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Pty } from '../terminal/pty.ts';
import { writeRecipes } from './recipes.ts';

const program = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'dispatch');

let farm: Farm;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one', slots: 2 }, { name: 'two' }] });
});

afterAll(() => farm[Symbol.asyncDispose]());

/** Three steps in a row under names of their own, of which the middle one takes so many seconds. */
function chain(name: string, seconds: number): string {
  const file = writeRecipes(
    farm,
    `lower = shell "${name}-lower" "echo lower > $out" {};
     middle = shell "${name}-middle" "printf '@nix {\\"action\\":\\"setPhase\\",\\"phase\\":\\"checkPhase\\"}\\\\n' >&2
       printf 'working \\\\033[2J\\\\033]0;title\\\\007 hard\\\\n'; sleep ${seconds}; cat $lower > $out" { inherit lower; };
     upper = shell "${name}-upper" "cat $middle > $out" { inherit middle; };`,
  );
  return `${program} build --no-link -f ${file} -A upper --builders '${farm.machines.trim().replaceAll('\n', ';')}'`;
}

function atTerminal(command: string, terminalEnv: NodeJS.ProcessEnv = {}): Pty {
  return new Pty(command, { env: farm.hub.env, terminalEnv, columns: 100 });
}

const block = /[▸◦━─]/;

test('what runs is shown while it runs; at the end there are lines, and no trace of it', async () => {
  const pty = atTerminal(chain('whole', 2));
  const seen = await pty.shows(
    /▸ whole-middle +1s .*checkPhase .*working {2}hard\n└─◦ whole-upper\n.*1\/3/,
  );
  expect(seen).toMatch(/^3 to build\n\[1\/3\] built whole-lower on one\/socket after .*\n▸/);
  expect(await pty.ended).toBe(0);
  const lines = await pty.emulator.lines();
  expect(lines.join('\n')).not.toMatch(block);
  expect(lines).toMatchObject([
    '3 to build',
    expect.stringMatching(/^\[1\/3\] built whole-lower on /),
    expect.stringMatching(/^\[2\/3\] built whole-middle on /),
    expect.stringMatching(/^\[3\/3\] built whole-upper on /),
    expect.stringMatching(/^copied \/nix\/store\/\w+-whole-upper from /),
    expect.stringMatching(/^built 3 of 3 steps in \d\.\d s/),
    expect.stringMatching(/^\/nix\/store\/\w+-whole-upper$/),
  ]);
});

test('Ctrl-C and resizing leave nothing behind, however narrow the terminal becomes', async () => {
  const pty = atTerminal(chain('stopped', 60));
  await pty.shows(/▸ stopped-middle.*working/);
  pty.resize(40, 12);
  await pty.shows(/▸ stopped-middle.*\n└─◦ stopped-upper\n.*1\/3 {2}▸1/);
  pty.resize(20, 12);
  await pty.shows(/▸ stopped….*\n└─◦ stopped-upper\n1\/3 {2}▸1/);
  pty.resize(20, 5);
  pty.resize(100, 24);
  await pty.shows(/▸ stopped-middle.*working/);
  pty.type('\u0003');
  expect(await pty.ended).toBe(130);
  const lines = await pty.emulator.lines();
  expect(lines.join('\n')).not.toMatch(block);
  expect(lines.slice(-3)).toEqual([
    'stopping; Ctrl-C again leaves at once',
    expect.stringMatching(/^built 1 of 3 steps in .*, 2 not built$/),
    'stopped; nothing was left half-done',
  ]);
});

test('Ctrl-Z gives the terminal to the shell, and fg takes it again', async () => {
  const pty = atTerminal(
    `set -m; ${chain('paused', 3)}; echo "it stopped: $?"; sleep 1; fg; echo "it ended: $?"`,
  );
  await pty.shows(/▸ paused-middle/);
  pty.type('\u001a');
  expect(await pty.shows(/it stopped: 148/)).not.toMatch(block);
  await pty.shows(/it stopped[^]*▸ paused-middle/);
  expect(await pty.shows(/it ended: 0/)).not.toMatch(block);
  await pty.ended;
});

test('in colours, but not with NO_COLOR; and where TERM is dumb, plain lines', async () => {
  const colourful = atTerminal(chain('colourful', 1));
  await colourful.ended;
  expect(colourful.emulator.written).toContain('\u001b[34m▸');
  const plain = atTerminal(chain('plain', 1), { NO_COLOR: '1' });
  await plain.ended;
  expect(plain.emulator.written).toMatch(/▸ plain-middle/);
  // oxlint-disable-next-line no-control-regex -- that is what must not be there
  expect(plain.emulator.written).not.toMatch(/\u001b\[\d*m/);
  const dumb = atTerminal(chain('dumb', 0), { TERM: 'dumb' });
  await dumb.ended;
  expect(dumb.emulator.written).toContain('[2/3] building dumb-middle on ');
  expect(dumb.emulator.written).not.toContain('\u001b');
});

test('a hub that goes away is told of above the picture; who leaves at once leaves none of it', async () => {
  const pty = atTerminal(chain('alone', 2));
  await pty.shows(/▸ alone-middle/);
  await farm.hub.daemon.stop();
  await pty.shows(/warning: waiting for the store of results: .*\n(.*\n)*[━─]+ {2}3\/3/);
  pty.type('\u0003');
  await pty.shows(/stopping; Ctrl-C again leaves at once/);
  pty.type('\u0003');
  expect(await pty.ended).toBe(130);
  expect((await pty.emulator.lines()).join('\n')).not.toMatch(block);
});
