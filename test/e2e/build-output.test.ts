import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Dispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;

beforeAll(async () => {
  farm = await startFarm();
  dispatch = new Dispatch(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

/** The command's arguments for building one thing that prints a secret. */
function words(name: string): string[] {
  const file = writeRecipes(farm, `${name} = shell "${name}" "echo secret; echo > $out" {};`);
  return ['build', '--no-link', '-f', file, '-A', name];
}

test('-q says nothing but the path', async () => {
  const { stdout, stderr } = await dispatch.run([...words('quiet'), '-q']);
  expect(stdout).toMatch(/^\/nix\/store\/\S+-quiet\n$/);
  expect(stderr).toBe('');
});

test('--debug and DISPATCH_DEBUG write every event as JSON, but nothing of what builds print', async () => {
  const env = { DISPATCH_DEBUG: '1' };
  for (const run of [
    await dispatch.run([...words('one'), '-q', '--debug']),
    await dispatch.run([...words('two'), '-q'], { env }),
  ]) {
    const lines = run.stderr.trim().split('\n');
    const types = lines.map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual([
      'poison-found',
      'builder-called',
      'builder-ready',
      'planned',
      'step-started',
      'step-ended',
      'output-collected',
    ]);
    expect(run.stderr).not.toContain('secret');
  }
});

test('whoever reads may stop reading', async () => {
  const pipeline = `"$0" "$@" | true; echo "ended: \${PIPESTATUS[0]}" >&2`;
  const program = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'dispatch');
  const args = ['-c', pipeline, program, ...words('piped'), '--json', '-q'];
  expect(await farm.hub.run('bash', args)).toEqual({ code: 0, stdout: '', stderr: 'ended: 0\n' });
});

test('colours at a terminal only, and not where NO_COLOR forbids them', async () => {
  const program = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'dispatch');
  const atTerminal = async (name: string, before: string): Promise<string> => {
    const command = `${before} ${program} ${words(name).join(' ')}`;
    return (await farm.hub.run('script', ['-qec', command, '/dev/null'])).stdout;
  };
  expect(await atTerminal('bright', '')).toContain('\u001b[32mbuilt\u001b[39m bright on');
  expect(await atTerminal('plain', 'NO_COLOR=1')).toMatch(/\] built plain on/);
});

test('what is in the way of a link is said before anything is built, and left alone', async () => {
  const inTheWay = join(dispatch.folder, 'taken');
  mkdirSync(inTheWay);
  const linked = words('linked').filter((word) => word !== '--no-link');
  const { code, stdout, stderr } = await dispatch.run([...linked, '-o', 'taken']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe(
    `dispatch: ${inTheWay} is in the way: it is not a link; name another with --out-link\n`,
  );
  expect(existsSync(inTheWay)).toBe(true);
});
