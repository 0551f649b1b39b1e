import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { type BuildAnswer, builtNames, type PoisonAnswer, PoisonWorld } from './poison-world.ts';
import { writeFunction } from './recipes.ts';

let farm: Farm;
let world: PoisonWorld;
let leftDrv = '';
let original: BuildAnswer;

beforeAll(async () => {
  farm = await startFarm();
  world = new PoisonWorld(farm);
  leftDrv = await world.instantiate('left');
  original = await world.build('all', 'first');
});

afterAll(() => farm[Symbol.asyncDispose]());

/** The step of the last build that stands for `left`. */
function leftOf({ steps }: BuildAnswer): BuildAnswer['steps'][number] {
  return steps.find(({ name }) => name === 'left')!;
}

function inFolder(name: string): string {
  return join(world.dispatch.folder, name);
}

/** Ways to name `left`: each gives the arguments, from the answer of the build before. */
const forms: readonly [string, (last: BuildAnswer) => Promise<readonly string[]>][] = [
  ['its .drv path', async () => [leftDrv]],
  ['its original output path', async () => [await world.outputOf(leftDrv), '--again']],
  [
    'a link to the original',
    async () => {
      symlinkSync(await world.outputOf(leftDrv), inFolder('to-original'));
      symlinkSync('to-original', inFolder('to-link'));
      return ['./to-link', '--again'];
    },
  ],
  ['an attribute of a file', async () => ['-f', world.file, '-A', 'left']],
  [
    'an attribute of a flake',
    async () => {
      mkdirSync(inFolder('flake'));
      const outputs = `{ outputs = _: { left = (import ./recipes.nix).left; }; }`;
      writeFileSync(join(inFolder('flake'), 'flake.nix'), outputs);
      const expression = (await farm.hub.run('cat', [world.file])).stdout;
      const system = JSON.stringify(process.arch === 'arm64' ? 'aarch64-linux' : 'x86_64-linux');
      const pure = expression.replace('builtins.currentSystem', system);
      writeFileSync(join(inFolder('flake'), 'recipes.nix'), pure);
      return ['path:./flake#left'];
    },
  ],
  ['its rewritten .drv path', async (last) => [leftOf(last).drvPath]],
  ['its rewritten .drv path with an output', async (last) => [`${leftOf(last).drvPath}^out`]],
  ['its rewritten output path', async (last) => [leftOf(last).outputs['out']!]],
  ['a file inside its rewritten output', async (last) => [`${leftOf(last).outputs['out']}/file`]],
  ['a file seen through a link of a result', async () => ['./result/left/file']],
];

test('poison by every form that a person may have in hand builds exactly what depends on it again', async () => {
  let last = original;
  const seen = new Set(leftOf(original).outputs['out']);
  for (const [index, [form, words]] of forms.entries()) {
    const named = await words(last);
    const answer = await world.json<PoisonAnswer>(['poison', '--reason', form, ...named]);
    const serial = index + 1;
    const { poisoned } = answer;
    const expected = { drvPath: leftDrv, before: index, serial };
    expect({ form, poisoned }).toMatchObject({ form, poisoned: [expected] });
    const before = last;
    last = await world.build();
    const built = builtNames(last);
    expect({ form, built }).toEqual({ form, built: ['all', 'last', 'left', 'top'] });
    expect(last.roots[0]!.outputs['out']).not.toBe(before.roots[0]!.outputs['out']);
    const path = leftOf(last).outputs['out']!;
    expect(seen.has(path)).toBe(false);
    seen.add(path);
  }
});

test('one who clears it has what Nix computed again, and builds nothing for it', async () => {
  world.become(world.otherPerson('Ben <ben@example.org>'));
  await world.json(['poison', leftDrv, '--reason', 'bad']);
  const rewritten = await world.build('all', 'poisoned');
  expect(rewritten.roots[0]!.outputs).not.toEqual(original.roots[0]!.outputs);
  const { stdout } = await world.run('clear', './poisoned/left', '--reason', 'the test was wrong');
  expect(stdout).toBe('cleared left: it is built again as Nix computed it\n');
  const cleared = await world.build('all', 'cleared');
  expect(cleared.steps).toEqual([]);
  expect(cleared.roots[0]!.outputs).toEqual(original.roots[0]!.outputs);
  const again = await world.run('clear', leftDrv);
  expect(again).toMatchObject({ code: 0, stdout: 'left was not poisoned; nothing was written\n' });
});

test('what is no longer built is stale: poisoning it needs --again', async () => {
  world.become(world.otherPerson('Cas <cas@example.org>'));
  await world.json(['poison', './first/left', '--reason', 'bad memcpy']);
  const stale = await world.run('poison', './first/left', '--reason', 'again');
  expect(stale).toMatchObject({ code: 1, stdout: '' });
  expect(stale.stderr).toMatch(
    /^dispatch: nothing was poisoned: '.\/first\/left' is left with no serial, and it has serial 1 now \(Cas <cas@example.org> \(unproven\), just now: bad memcpy\): .* use --again\n$/,
  );
  const records = await world.json<{ records: unknown[] }>(['ledger', 'list', '--all']);
  expect(records.records).toHaveLength(1);
  const again = await world.json<PoisonAnswer>([
    'poison',
    './first/left',
    '--reason',
    'b',
    '--again',
  ]);
  expect(again.poisoned).toMatchObject([{ form: 'stale', serial: 2 }]);
});

test('a serial that the ledger has never heard of is outdone', async () => {
  world.become(world.otherPerson('Dan <dan@example.org>'));
  // `poisoned` was built by somebody else; what carries serial 10 is at the end of the first test.
  const answer = await world.json<PoisonAnswer>(['poison', './result/left', '--reason', 'bad']);
  expect(answer.poisoned).toMatchObject([
    { name: 'left', drvPath: leftDrv, form: 'unproven', before: 0, serial: forms.length + 1 },
  ]);
  expect(answer.records).toMatchObject([
    { epoch: forms.length + 1, author: 'Dan <dan@example.org>' },
  ]);
});

test('a reason that no record can hold is refused, by --dry-run too, before anything is asked', async () => {
  world.become(world.otherPerson('Fay <fay@example.org>'));
  for (const more of [['--dry-run'], ['--yes'], []]) {
    const ran = await world.run('poison', leftDrv, '--reason', 'a\u001b[31mb', ...more);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(
      /^dispatch: nothing was recorded for .*-left\.drv": the reason has control characters\n$/,
    );
  }
  expect((await world.run('ledger', 'list')).stdout).toBe('nothing is poisoned\n');
});

test('what was built with --arg, --argstr and -I is named with them', async () => {
  world.become(world.otherPerson('Gus <gus@example.org>'));
  const { file, search } = writeFunction(farm);
  const words = ['-f', file, '--argstr', 'text', 'a=b', '--arg', 'number', '20 + 1', ...search];
  const here = ['--builders', '', '-j', '1', '--no-link'];
  const built = (): Promise<BuildAnswer> => world.json(['build', ...here, ...words]);
  const [first] = (await built()).roots;
  const answer = await world.json<PoisonAnswer>(['poison', ...words, '--reason', 'bad']);
  expect(answer.poisoned).toMatchObject([{ name: 'a=b-121', drvPath: first!.drvPath, serial: 1 }]);
  const [second] = (await built()).roots;
  expect(second!.outputs).not.toEqual(first!.outputs);
  for (const command of [['explain'], ['log'], ['ledger', 'show'], ['clear']]) {
    const ran = await world.run(...command, ...words);
    expect({ command, ...ran }).toMatchObject({ code: 0 });
  }
  expect((await built()).roots).toEqual([first]);
});

test('several at once: nothing is written when one of them is refused', async () => {
  world.become(world.otherPerson('Eve <eve@example.org>'));
  const twice = await world.json<PoisonAnswer>([
    'poison',
    leftDrv,
    './first/left',
    '--reason',
    'x',
    '--dry-run',
  ]);
  expect(twice.poisoned).toHaveLength(1);
  const { code, stderr } = await world.run('poison', leftDrv, '/etc/passwd', '--reason', 'x');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: "dispatch: '/etc/passwd' is nothing that was built: it does not lead into the store\n",
  });
  expect((await world.run('ledger', 'list')).stdout).toBe('nothing is poisoned\n');
});
