import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import type { FarmBuilder } from '../src/farm/farm-builder.ts';
import { FarmWorld, instantiate, machinesOf } from './farm-world.ts';

let farm: Farm;
let world: FarmWorld;
let machines: readonly FarmBuilder[];

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one', slots: 2 }] });
  world = await FarmWorld.open(farm);
  machines = world.builders;
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await farm?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  world.builders = machines;
});

/** The hub as a builder that steps in for others. */
function hubSteppingIn(stepsInFor: 'busy' | 'unfit', line = 'x - - 1'): FarmBuilder {
  const [machine] = machinesOf(line).map((one) => one.machine);
  return { machine: { ...machine!, uri: world.hub.name }, store: world.hub, stepsInFor };
}

/**
 * Derivations that ask to be built locally, except `plain`, on which `onPlain` and `fetched` depend. Gives
 * one that depends on all.
 */
async function instantiated(tag: string): Promise<StorePath> {
  const hash = 'sha256-LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=';
  const [drv] = await instantiate(
    farm,
    `local = { preferLocalBuild = true; };
     near = shell "${tag}-near" "echo near > $out" local;
     structured = shell "${tag}-structured" "echo > $(grep -o '/nix/store/[^/]*-structured' .attrs.json)"
       (local // { __structuredAttrs = true; });
     plain = shell "${tag}-plain" "echo plain > $out" {};
     onPlain = shell "${tag}-on-plain" "cat $plain > $out" (local // { inherit plain; });
     fetched = shell "${tag}-fetched" "printf foo > $out; test -e $plain"
       (local // { inherit plain; outputHash = "${hash}"; outputHashMode = "flat"; });
     all = shell "${tag}-all" "echo > $out" { inherit near structured onPlain fetched; };`,
    'all',
  );
  return drv!;
}

async function buildersOf(tag: string): Promise<object> {
  world.events.length = 0;
  expect(await world.run([await instantiated(tag)])).toMatchObject({ outcome: 'succeeded' });
  const started = world.eventsOf('step-started');
  const isHub = started.map(({ name, builder }) => [
    name.slice(tag.length + 1),
    builder === world.hub.name,
  ]);
  return Object.fromEntries(isHub) as object;
}

const elsewhere = {
  near: false,
  structured: false,
  plain: false,
  'on-plain': false,
  fetched: false,
  all: false,
};
const atHome = { ...elsewhere, near: true, structured: true, fetched: true };

it.each(['busy', 'unfit'] as const)(
  'what prefers it is built by a hub that steps in for %s machines: fetching, and what needs nothing of builders',
  async (stepsInFor) => {
    world.builders = [hubSteppingIn(stepsInFor), ...machines];
    expect(await buildersOf(stepsInFor)).toEqual(atHome);
  },
);

it('a plan says so', async () => {
  world.builders = [hubSteppingIn('unfit'), ...machines];
  const { steps } = await world.plan([await instantiated('planned')]);
  const near = steps.find(({ name }) => name === 'planned-near');
  expect(near?.builders).toEqual([world.hub.name]);
});

it('where the hub builds nothing, or nothing of that kind, machines do', async () => {
  expect(await buildersOf('none')).toEqual(elsewhere);
  world.builders = [hubSteppingIn('unfit', 'x - - 0'), ...machines];
  expect(await buildersOf('closed')).toEqual(elsewhere);
  world.builders = [hubSteppingIn('unfit', 'x riscv64-linux - 1'), ...machines];
  expect(await buildersOf('foreign')).toEqual(elsewhere);
});
