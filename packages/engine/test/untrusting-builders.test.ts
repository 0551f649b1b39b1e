import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { nixProgram, nixVersions } from '../../../test/farm/installed-nix.ts';
import { FarmWorld, instantiate, machinesOf, outputOf, resultOf } from './farm-world.ts';

const keys = mkdtempSync(join(tmpdir(), 'dispatch-keys-'));
const secretKey = join(keys, 'secret');
const publicKey = join(keys, 'public');
execFileSync(nixProgram('nix-store'), [
  '--generate-binary-cache-key',
  'untrusting-1',
  secretKey,
  publicKey,
]);
afterAll(() => rmSync(keys, { recursive: true }));

describe.each(nixVersions())('a builder with Nix %s that does not trust us', (nix) => {
  let farm: Farm;
  let world: FarmWorld;

  beforeAll(async () => {
    farm = await startFarm({
      builders: [
        {
          name: 'stranger',
          nix,
          trusted: false,
          features: ['stranger'],
          settings: { 'trusted-public-keys': readFileSync(publicKey, 'utf8').trim() },
        },
        { name: 'friend', features: ['friend'] },
      ],
    });
    world = await FarmWorld.open(farm);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await farm?.[Symbol.asyncDispose]();
  });

  const onStranger = 'requiredSystemFeatures = [ "stranger" ];';
  const onFriend = 'requiredSystemFeatures = [ "friend" ];';

  it('builds from .drv files, with sources and what is content-addressed', async () => {
    const [drv] = await instantiate(
      farm,
      `source = builtins.toFile "source" "text";
       fixed = shell "fixed" "printf fixed > $out" {
         outputHash = builtins.hashString "sha256" "fixed"; outputHashAlgo = "sha256"; ${onFriend} };
       first = shell "first" "cat $source $fixed > $out" { inherit source fixed; ${onStranger} };
       last = shell "last" "cat $first > $out; echo >> $out" { inherit first; ${onStranger} };`,
      'last',
    );
    expect(await world.run([drv!])).toMatchObject({ outcome: 'succeeded' });
    expect(await resultOf(farm, drv!)).toBe('textfixed\n');
    expect(world.eventsOf('attempt-lost')).toEqual([]);
  });

  it('takes signed inputs, and builds once more what nobody signed', async () => {
    const recipes = `
      signed = shell "signed" "echo signed > $out" { ${onFriend} };
      unsigned = shell "unsigned" "echo out: $out > $out; date +%N >> $out" { };
      reader = shell "reader" "echo $unsigned > $out; cat $signed >> $out" {
        inherit signed unsigned; ${onStranger} };`;
    const [signed, unsigned, reader] = await instantiate(
      farm,
      recipes,
      'signed',
      'unsigned',
      'reader',
    );
    world.builders = machinesOf(farm.builder('friend').machineLine);
    await world.run([signed!, unsigned!]);
    const path = await outputOf(farm, signed!);
    const signing = ['--extra-experimental-features', 'nix-command', 'store', 'sign'];
    expect(await farm.hub.run('nix', [...signing, '-k', secretKey, path])).toMatchObject({
      code: 0,
    });
    const before = await resultOf(farm, unsigned!);
    world.builders = machinesOf(farm.machines);
    expect(await world.run([reader!])).toMatchObject({ outcome: 'succeeded' });
    const stranger = await world
      .store('stranger')
      .pathInfos([path, await outputOf(farm, unsigned!)]);
    expect([...stranger.values()].map(({ ultimate }) => ultimate)).toEqual([false, true]);
    expect(await resultOf(farm, unsigned!)).toBe(before);
  });

  it('has another result of an input than the run: that of the run comes to the hub', async () => {
    const [input, reader] = await instantiate(
      farm,
      `input = shell "input" "date +%N > $out" { };
       reader = shell "refers" "echo $input > $out" { inherit input; ${onStranger} };`,
      'input',
      'reader',
    );
    expect(await world.run([reader!])).toMatchObject({ outcome: 'succeeded' });
    const path = await outputOf(farm, input!);
    const [ours, theirs] = await Promise.all([
      world.hub.pathInfo(path),
      world.store('stranger').pathInfo(path),
    ]);
    expect(ours?.narHash).not.toBe(theirs?.narHash);
    expect(ours?.narHash).toBe((await world.store('friend').pathInfo(path))?.narHash);
  });
});
