import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import type { ClientResult } from '../farm/hub.ts';
import { Dispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let file = '';

beforeAll(async () => {
  farm = await startFarm({ hub: { features: ['own'] }, builders: [{ name: 'far', slots: 1 }] });
  dispatch = new Dispatch(farm);
  file = writeRecipes(
    farm,
    `low = shell "low" "echo low > $out" {};
     here = shell "here" "cat $low > $out" { inherit low; requiredSystemFeatures = [ "own" ]; };
     high = shell "high" "cat $here > $out" { inherit here; };
     never = shell "never" "" { requiredSystemFeatures = [ "own" ]; };
     other = shell "other" "echo other > $out" {};
     gone = shell "gone" "" {};
     slow = n: shell "slow-\${n}" "sleep 2; echo > $out" {};
     slow-1 = slow "1"; slow-2 = slow "2"; slow-3 = slow "3";`,
  );
});

afterAll(() => farm[Symbol.asyncDispose]());

/** Builds with a nix.conf of the client that says what the local daemon has. */
function build(
  config: string,
  args: readonly string[],
  line = lineOf('far'),
): Promise<ClientResult> {
  const env = { NIX_CONFIG: `system-features = own\n${config}` };
  return dispatch.run(['build', '--no-link', '-f', file, '--builders', line, ...args], { env });
}

function lineOf(name: string): string {
  return farm.builder(name).machineLine;
}

test('without a word the local daemon builds what no machine is fit for, and nothing else', async () => {
  const { code, stderr } = await build('', ['-A', 'high']);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { uri } = farm.builder('far');
  const own = farm.hub.storeUri.split('?')[0];
  for (const [name, where] of [
    ['low', uri],
    ['here', own],
    ['high', uri],
  ]) {
    expect(stderr).toContain(`built ${name} on ${where}`);
  }
});

test('what only machines that are away could build is not built here unasked', async () => {
  const { code, stderr } = await build('', ['-A', 'gone'], 'unix:///nowhere');
  expect(code).toBe(1);
  expect(stderr).toMatch(/unix:\/\/\/nowhere: it cannot be used: /);
  expect(stderr).toContain(
    'it builds only what no machine is fit for; --max-jobs lets it build more',
  );
});

test('max-jobs = 0 in nix.conf keeps everything from the local daemon', async () => {
  const { code, stderr } = await build('max-jobs = 0', ['-A', 'never']);
  expect(code).toBe(1);
  expect(stderr).toContain(`${farm.builder('far').uri}: it does not have the feature own\n`);
  expect(stderr).not.toContain('hub');
});

test('with max-jobs it steps in where the machines have no free slot, as for Nix', async () => {
  const names = ['slow-1', 'slow-2', 'slow-3'].flatMap((name) => ['-A', name]);
  const { code, stderr } = await build('max-jobs = 1', names);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const begun = stderr.match(/building slow-\d on \S+/g)?.map((line) => line.split(' on ')[1]);
  const own = farm.hub.storeUri.split('?')[0];
  expect(begun?.slice(0, 2)).toEqual([farm.builder('far').uri, own]);
});

test('a machine whose line says 0 builds is drained: not called, and named where it would be missed', async () => {
  const socket = join(farm.folder, 'drained');
  let calls = 0;
  const server = createServer((call) => {
    calls += 1;
    call.destroy();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const line = `${lineOf('far')}\nunix://${socket} - - 0 1 big`;
  const built = await build('', ['-A', 'other'], line);
  server.close();
  expect({ calls, ...built }).toMatchObject({ calls: 0, code: 0 });
  expect(built.stderr).toContain('built other on');
  const drained = 'unix:///nowhere - - 0 1 big';
  const refused = await build('max-jobs = 0', ['-A', 'gone'], drained);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'unix:///nowhere: it is drained: its line says 0 builds at a time (the fourth column)\n',
  );
  const shown = await dispatch.run(['builders', '--builders', `${lineOf('far')}\n${drained}`]);
  expect(shown).toMatchObject({ code: 0 });
  expect(shown.stdout).toMatch(/^unix:\/\/\/nowhere +drained /m);
});
