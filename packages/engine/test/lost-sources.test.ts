import { DaemonStore } from '@dispatch/builders/daemon-store';
import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Builder } from '../../../test/farm/builder.ts';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import type { NixDaemon } from '../../../test/farm/nix-daemon.ts';
import { killProcesses, withDescendants } from '../../../test/farm/processes.ts';
import type { RunEvent } from '../src/events.ts';
import type { FarmBuilder } from '../src/farm/farm-builder.ts';
import { collectGarbage, FarmWorld, instantiate, machinesOf, outputOf } from './farm-world.ts';
import { onceWhen } from './once-at.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({
    hub: { features: ['maker'] },
    builders: [
      { name: 'source', away: true, features: ['maker'] },
      { name: 'spare', away: true, features: ['maker', 'spare'] },
      { name: 'reader', away: true, features: ['reader'] },
    ],
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
  world.builders = machines();
  // Anything that counts as a try of a step fails the run.
  world.patience = { ...world.patience, maximumFaults: 1 };
  for (const builder of farm.builders) builder.network.throttle(64_000);
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  for (const { network } of farm.builders) network.mend();
});

function parts(): Record<'source' | 'spare' | 'reader', Builder> {
  const [source, spare, reader] = ['source', 'spare', 'reader'].map((name) => farm.builder(name));
  return { source: source!, spare: spare!, reader: reader! };
}

/**
 * Machines of which one is preferred, so that large inputs are built there first, with short alive limits.
 */
function machines(): FarmBuilder[] {
  const { source, spare, reader } = parts();
  const lines = [source.fastMachineLine, spare.machineLine, reader.machineLine].join('\n');
  const ssh = `${farm.hub.env['NIX_SSHOPTS']} -o ServerAliveInterval=1 -o ServerAliveCountMax=1`;
  return machinesOf(lines, { environment: { ...process.env, NIX_SSHOPTS: ssh } });
}

/** A large output, and steps that read it where it cannot be built. */
function recipes(name: string): string {
  return `large = shell "large-${name}" "head -c 8000000 /dev/zero > $out" {
            requiredSystemFeatures = [ "maker" ]; };
          copy = shell "copy-${name}" "wc -c < $large > $out" {
            inherit large; requiredSystemFeatures = [ "spare" ]; };
          lone = shell "lone-${name}" "wc -c < $large > $out" {
            inherit large; requiredSystemFeatures = [ "reader" ]; };
          late = shell "late-${name}" "wc -c < $large > $out; cat $copy" {
            inherit large copy; requiredSystemFeatures = [ "reader" ]; };`;
}

/** Gives a listener that does something once bytes go from one store to another. */
function onTheWay(from: string, to: string, action: () => unknown): (event: RunEvent) => void {
  const isUnderWay = (event: RunEvent): boolean =>
    event.type === 'copy-progress' &&
    event.bytesDone >= 1_000_000 &&
    event.from === from &&
    event.to === to;
  return onceWhen(isUnderWay, action);
}

const isToBeCollected = (event: RunEvent): boolean =>
  event.type === 'step-ended' && event.name === 'large-collected';

function begun(name: string): string[] {
  const starts = world.eventsOf('step-started').filter((event) => event.name === name);
  return starts.map(({ builder }) => builder);
}

function killSessions({ ssh }: Builder): void {
  const server = ssh!.pid!;
  killProcesses(withDescendants([server]).filter((pid) => pid !== server));
}

it.each([
  ['dies', (source: Builder) => source.crash()],
  ['vanishes', (source: Builder) => source.network.cut()],
])(
  'the only machine that has an input %s while it is copied: others build that again',
  async (word, strike) => {
    const [drv] = await instantiate(farm, recipes(word), 'lone');
    const { source, spare, reader } = parts();
    const onEvent = onTheWay(source.uri, reader.uri, () => strike(source));
    const report = await world.run([drv!], { onEvent });
    if (word === 'dies') await source.start();
    expect(report).toMatchObject({ outcome: 'succeeded' });
    expect(begun(`large-${word}`)).toEqual([source.uri, spare.uri]);
    expect(world.eventsOf('attempt-lost')).toEqual([]);
    expect(world.eventsOf('builder-unusable')).toMatchObject([{ builder: source.uri }]);
  },
);

it('a machine is cut off while an input is copied that another has as well: it comes from there', async () => {
  const [drv] = await instantiate(farm, recipes('twice'), 'late');
  const { source, reader } = parts();
  const onEvent = onTheWay(source.uri, reader.uri, () => source.network.cut());
  expect(await world.run([drv!], { onEvent })).toMatchObject({ outcome: 'succeeded' });
  expect(begun('large-twice')).toEqual([source.uri]);
  expect(world.eventsOf('attempt-lost')).toEqual([]);
});

it('the link that an input comes over breaks, and the machine answers: it is asked once more', async () => {
  const [drv] = await instantiate(farm, recipes('hiccup'), 'lone');
  const { source, reader } = parts();
  const onEvent = onTheWay(source.uri, reader.uri, () => killSessions(source));
  expect(await world.run([drv!], { onEvent })).toMatchObject({ outcome: 'succeeded' });
  expect(begun('large-hiccup')).toEqual([source.uri]);
  expect(world.eventsOf('attempt-lost')).toEqual([]);
});

it('the hub hangs up while an input is copied from it: it is asked once more', async () => {
  const [large] = await instantiate(farm, recipes('hub'), 'large');
  const [lone] = await instantiate(farm, recipes('hub'), 'lone');
  await farm.hub.realise(large!);
  const { reader } = parts();
  const { pid, storeUri } = farm.hub.daemon;
  const hangUp = (): void => killProcesses(withDescendants([pid!]).filter((one) => one !== pid));
  const onEvent = onTheWay(storeUri, reader.uri, hangUp);
  expect(await world.run([lone!], { onEvent })).toMatchObject({ outcome: 'succeeded' });
  expect(world.eventsOf('attempt-lost')).toEqual([]);
});

it('an input is collected as garbage while its link was broken: it is built again', async () => {
  const [drv] = await instantiate(farm, recipes('collected'), 'lone');
  const { source } = parts();
  const onEvent = onceWhen(isToBeCollected, () => {
    killSessions(source);
    collectGarbage(farm, source.daemon);
  });
  const report = await world.run([drv!], { onEvent });
  expect(report).toMatchObject({ outcome: 'succeeded' });
  expect(begun('large-collected')).toHaveLength(2);
  expect(world.eventsOf('attempt-lost')).toEqual([]);
});

it('what an earlier run built is lost, and nobody has any more what it was made of: that is built again, too', async () => {
  const [part, made, drv] = await instantiate(farm, madeOf, 'part', 'made', 'reader');
  const { source, spare, reader } = parts();
  await world.run([made!]);
  // Only the result of that run is left, on the one machine: open connections would hold the rest.
  for (const { store } of world.builders) store.close();
  world.builders = machines();
  world.hub.close();
  world.hub = new DaemonStore(farm.hub.storeUri, { environment: farm.hub.env });
  await deleteFrom(farm.hub.daemon, made!);
  await deleteFrom(source.daemon, part!);
  const onEvent = onTheWay(source.uri, reader.uri, () => source.network.cut());
  expect(await world.run([drv!], { onEvent })).toMatchObject({ outcome: 'succeeded', present: 2 });
  expect(begun('made')).toEqual([source.uri, spare.uri]);
  expect(begun('part')).toEqual([source.uri, spare.uri]);
});

/** Deletes a derivation's output, which nothing there may refer to. */
async function deleteFrom({ localUri }: NixDaemon, drv: StorePath): Promise<void> {
  const path = await outputOf(farm, drv);
  const deleted = await farm.hub.run('nix-store', ['--delete', path, '--store', localUri]);
  expect(deleted).toMatchObject({ code: 0 });
}

const madeOf = `
  part = shell "part" "echo part > $out" { requiredSystemFeatures = [ "maker" ]; };
  made = shell "made" "cat $part; head -c 8000000 /dev/zero > $out" {
    inherit part; requiredSystemFeatures = [ "maker" ]; };
  reader = shell "reader" "wc -c < $made > $out" {
    inherit made; requiredSystemFeatures = [ "reader" ]; };`;
