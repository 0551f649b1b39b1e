import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { endCoordinators } from './dispatch.ts';
import { type BuildAnswer, PoisonWorld } from './poison-world.ts';

let farm: Farm;
let world: PoisonWorld;
let old: BuildAnswer;
let fresh: BuildAnswer;

beforeAll(async () => {
  farm = await startFarm();
  world = new PoisonWorld(farm);
  old = await world.build('all', 'old');
  await world.json(['poison', '-f', world.file, '-A', 'right', '--reason', 'bad memcpy']);
  fresh = await world.build('all', 'fresh');
});

afterAll(() => farm[Symbol.asyncDispose]());

async function explained(...words: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await world.run('explain', ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

function rootOf(answer: BuildAnswer): { drv: string; out: string } {
  const [root] = answer.roots;
  return { drv: root!.drvPath, out: root!.outputs['out']! };
}

const because = [
  'because right has serial 1; Ann <ann@example.org> (unproven), just now: bad memcpy',
  '  all -> last -> top -> right',
];

test('a rewritten result: both of its names, and the way down to the poison', async () => {
  expect(await explained('./fresh')).toEqual([
    './fresh is all, rewritten',
    `  ${rootOf(old).drv}`,
    `  -> ${rootOf(fresh).drv}`,
    `  out: ${rootOf(old).out}`,
    `       -> ${rootOf(fresh).out}`,
    ...because,
    'this is what is built now',
  ]);
});

test('what Nix computed: where there is poison below it, what would be built instead', async () => {
  expect(await explained('./old')).toEqual([
    './old is all, exactly as Nix computed it',
    `  ${rootOf(old).drv}`,
    'it is stale; now it is built as another:',
    `  ${rootOf(old).drv}`,
    `  -> ${rootOf(fresh).drv}`,
    `  out: ${rootOf(old).out}`,
    `       -> ${rootOf(fresh).out}`,
    ...because,
  ]);
  const apart = await explained('./old/apart');
  expect(apart[0]).toBe('./old/apart is apart, exactly as Nix computed it');
  expect(apart.slice(2)).toEqual(['nothing below it is poisoned']);
});

test('--json has the same for programs', async () => {
  const { explanations } = await world.json<{ explanations: unknown[] }>(['explain', './fresh']);
  expect(explanations).toMatchObject([
    {
      given: './fresh',
      isOriginal: false,
      isCurrent: true,
      original: { drvPath: rootOf(old).drv, outputs: { out: rootOf(old).out } },
      inHand: { drvPath: rootOf(fresh).drv, outputs: { out: rootOf(fresh).out } },
      causes: [
        {
          name: 'right',
          serial: 1,
          chain: ['all', 'last', 'top', 'right'],
          record: { reason: 'bad memcpy' },
        },
      ],
    },
  ]);
});

test('without the ledger it comes from the derivations alone, and the serial is unproven', async () => {
  const someone = world.otherPerson('Ben <ben@example.org>');
  const { stdout } = await world.dispatch.run(['explain', './fresh'], { env: someone });
  expect(stdout).toContain(`  out: ${rootOf(old).out}\n`);
  expect(stdout).toContain(
    "because right has serial 1; this ledger does not know it: somebody's poison, unproven\n",
  );
  expect(stdout).toContain('this is what is built now\n');
});

test('poisoned again, or cleared: the result of the serial before is stale, and its reason still known', async () => {
  const right = fresh.steps.find(({ name }) => name === 'right')!.outputs['out']!;
  const again = await world.run('poison', right, '--reason', 'bad once more');
  expect(again).toMatchObject({ code: 0 });
  const lines = await explained(right);
  expect(lines[0]).toBe(`${right} is right, rewritten`);
  expect(lines).toContain(because[0]);
  expect(lines).toContain('it is stale; now it is built as another:');
  expect(lines.at(-1)).toBe(
    'because right has serial 2; Ann <ann@example.org> (unproven), just now: bad once more',
  );
  await world.json(['clear', right]);
  expect(await explained(right)).toContain(
    'the poison was cleared since: now it is built as Nix computed it:',
  );
});

test('where the .drv files are gone, runs remember what a path was', async () => {
  const { stdout } = await farm.hub.run('nix-store', ['-q', '--roots', rootOf(fresh).out]);
  expect(stdout).toContain('fresh');
  // The coordinator keeps what it brought to the hub for some minutes.
  await endCoordinators(farm.folder);
  const collected = await farm.hub.run('nix-store', [
    '--gc',
    '--option',
    'keep-derivations',
    'false',
  ]);
  expect(collected).toMatchObject({ code: 0 });
  const lines = await explained('./fresh');
  expect(lines.slice(0, 5)).toEqual([
    './fresh is all, rewritten',
    `  ${rootOf(old).drv}`,
    `  -> ${rootOf(fresh).drv}`,
    `  out: ${rootOf(old).out}`,
    `       -> ${rootOf(fresh).out}`,
  ]);
  expect(lines[5]).toMatch(/^an earlier run remembers its paths/);
  expect(lines[6]).toMatch(/since its .drv file is gone; 'dispatch check'/);
  const poisoned = await world.run('poison', './fresh', '--reason', 'bad', '--json');
  expect(poisoned).toMatchObject({ code: 0 });
  expect(JSON.parse(poisoned.stdout)).toMatchObject({
    poisoned: [{ drvPath: rootOf(old).drv, serial: 1 }],
  });
  const someone = world.otherPerson('Cas <cas@example.org>');
  const unknown = await world.dispatch.run(['explain', './fresh'], { env: someone });
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toMatch(
    /whose file is gone, and no run recorded it\. Instantiate its expression again/,
  );
});
