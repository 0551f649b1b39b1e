import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { openLedger } from '@dispatch/ledger/open-ledger';
import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { type PoisonAnswer, PoisonWorld } from './poison-world.ts';

const length = 120;
const system = process.arch === 'arm64' ? 'aarch64-linux' : 'x86_64-linux';

let farm: Farm;
let world: PoisonWorld;
let env: NodeJS.ProcessEnv;
/** Both ends of a chain that is too long to be built again unasked. */
let bottom = '';
let top = '';

beforeAll(async () => {
  farm = await startFarm();
  world = new PoisonWorld(farm);
  const expression = `let
      link = name: input: derivation { inherit name input; system = "${system}"; builder = "/bin/sh"; };
      bottom = link "bottom" "";
      step = below: n: link "step-\${toString n}" below;
    in [ bottom (builtins.foldl' step bottom (builtins.genList (n: n) ${length - 1})) ]`;
  [bottom = '', top = ''] = await farm.hub.instantiate(expression);
});

afterAll(() => farm[Symbol.asyncDispose]());

beforeEach(() => {
  env = world.otherPerson('Ann <ann@example.org>');
  world.become(env);
});

/** Runs the command at a terminal of its own, and types the answer once it has asked. */
async function atTerminal(
  words: readonly string[],
  typed: string,
): Promise<{ code: number | null; shown: string }> {
  const program = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'dispatch');
  const command = [program, ...words].map((word) => `'${word}'`).join(' ');
  const terminal = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...farm.hub.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    const wasAsked = shown.includes('[y/N]');
    shown += text;
    if (!wasAsked && shown.includes('[y/N]')) terminal.stdin.write(typed);
  });
  const [code] = (await once(terminal, 'close')) as [number | null];
  return { code, shown };
}

const expensive = (): string[] => ['poison', bottom, '--in', top, '--reason', 'bad'];

async function listed(): Promise<string> {
  return (await world.run('ledger', 'list')).stdout;
}

test('what is much is refused where nobody can be asked, unless with --yes', async () => {
  const refused = await world.run(...expensive());
  expect(refused.code).toBe(1);
  expect(refused.stdout).toContain(
    `in step-${length - 2}: ${length} derivations with ${length} outputs must be built again; ` +
      'how long they take is not known here\n  bottom, step-0, step-1, step-2, step-3, step-4, step-5, ' +
      `step-6 and ${length - 8} more\n`,
  );
  expect(refused.stderr).toBe(
    'dispatch: nothing was poisoned: that is expensive, and there is no terminal to ask at; use --yes\n',
  );
  expect(await listed()).toBe('nothing is poisoned\n');
  const { cost } = await world.json<PoisonAnswer>([...expensive(), '--yes']);
  expect(cost).toMatchObject({ within: 'roots', outputs: length });
  expect(await listed()).toMatch(/^bottom +1 /m);
});

test('at a terminal it asks: a yes writes', async () => {
  const { code, shown } = await atTerminal(expensive(), 'y\n');
  expect(shown).toContain('Poison? [y/N] ');
  expect(shown).toContain('poisoned bottom with serial 1');
  expect(code).toBe(0);
  expect(await listed()).toMatch(/^bottom +1 /m);
});

test.each([
  ['an empty line', '\n'],
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
  ['anything else', 'ja\n'],
])('at a terminal it asks: %s writes nothing', async (_, typed) => {
  const { code, shown } = await atTerminal(expensive(), typed);
  expect(shown).toContain('Poison? [y/N] ');
  expect(shown).toContain('dispatch: nothing was poisoned');
  expect(code).toBe(1);
  expect(await listed()).toBe('nothing is poisoned\n');
});

test('what took long the last time is much, too', async () => {
  const ledger = await openLedger(`lmdb:${join(env['XDG_STATE_HOME']!, 'dispatch', 'ledger')}`);
  const paths = { original: bottom as StorePath, rewritten: bottom as StorePath };
  await ledger.runs.begin({ id: 'one', startedAt: 1, roots: [paths] });
  const step = {
    ...paths,
    name: 'bottom',
    system,
    outputs: [],
    builder: 'here',
    logFile: undefined,
  };
  await ledger.runs.recordSteps('one', [{ ...step, status: 'built', durationMs: 601_000 }]);
  await ledger.runs.finish('one', { outcome: 'succeeded', finishedAt: 2 });
  await ledger.close();
  const refused = await world.run('poison', bottom, '--reason', 'bad');
  expect(refused.code).toBe(1);
  expect(refused.stdout).toContain(
    'in bottom (built by the last runs): 1 derivation with 1 output must be built again; they took ' +
      '10 min 1 s when last built\n',
  );
});

test('without a run and without --in the cost is not known, and that is said', async () => {
  const { code, stdout } = await world.run('poison', bottom, '--reason', 'bad');
  expect(code).toBe(0);
  expect(stdout).toContain(
    'what it costs is not known: no run is recorded here; name roots with --in\n',
  );
});

test('fixed-output and impure derivations are refused, with the reason', async () => {
  const [fixed = ''] =
    await farm.hub.instantiate(`derivation { name = "source"; system = "${system}";
    builder = "/bin/sh"; outputHashMode = "flat"; outputHashAlgo = "sha256";
    outputHash = "${'0'.repeat(64)}"; }`);
  const { code, stderr } = await world.run('poison', fixed, bottom, '--reason', 'bad');
  expect(code).toBe(1);
  expect(stderr).toContain(
    '-source.drv is fixed-output: its path depends on the declared hash and the name',
  );
  expect(await listed()).toBe('nothing is poisoned\n');
});
