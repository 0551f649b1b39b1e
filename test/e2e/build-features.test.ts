import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { nixVersions } from '../farm/installed-nix.ts';
import { Dispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let file = '';

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      ...nixVersions().map((nix) => ({ name: `nix-${nix}`, nix, features: ['big'] })),
      { name: 'able', features: ['kvm'] },
      { name: 'stranger', trusted: false },
    ],
  });
  dispatch = new Dispatch(farm);
  file = writeRecipes(
    farm,
    `guest = shell "guest" "echo > $out" { requiredSystemFeatures = [ "kvm" ]; };
     kept = shell "kept" "echo > $out" { requiredSystemFeatures = [ "kvm" ]; };
     plain = shell "plain" "echo > $out" {};
     early = shell "early" "echo > $out" {};
     late = shell "late" "echo > $out" {};`,
  );
});

afterAll(() => farm[Symbol.asyncDispose]());

/** A line that claims `big` and `kvm`, or is kept for `kvm`. */
function claims(name: string, mandatory: string): string {
  const [uri, system] = farm.builder(name).machineLine.split(' ');
  return [uri, system, '-', 4, 9, mandatory === '-' ? 'big,kvm' : 'big', mandatory].join(' ');
}

const advice =
  /its own daemon does not have kvm: put the line 'system-features = big kvm' into \/etc\/nix\/nix.conf/;

test.each(nixVersions())(
  'a feature that a builder with Nix %s lacks, whatever its line says: which line to add there',
  async (nix) => {
    const args = ['-f', file, '-A', 'guest', '--json'];
    const { code, stdout, stderr } = await dispatch.build(args, claims(`nix-${nix}`, '-'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/no builder can build \S+-guest.drv\n/);
    const uri = farm.builder(`nix-${nix}`).uri;
    const refusal = stderr.split('\n').find((line) => line.startsWith(`  ${uri}: `));
    expect(refusal).toContain('it does not have the feature kvm; its own daemon');
    expect(refusal).toMatch(advice);
    expect(stderr).not.toContain('was lost on');
    const { steps } = JSON.parse(stdout) as { steps: { status: string; message: string }[] };
    expect(steps).toMatchObject([
      { status: 'unsupported', message: expect.stringMatching(advice) },
    ]);
  },
);

test('a builder that has it builds it, and who lacks it builds the rest', async () => {
  const machines = `${claims(`nix-${nixVersions()[0]}`, '-')}\n${farm.builder('able').machineLine}`;
  const built = await dispatch.build(['-f', file, '-A', 'guest', '-A', 'plain'], machines);
  expect(built).toMatchObject({ code: 0 });
  expect(built.stderr).toMatch(/warning: \S+ claims more than it has: its own daemon/);
  expect(built.stderr).toContain(`built guest on ${farm.builder('able').uri}`);
  expect(built.stderr).toContain(`built plain on ${farm.builder(`nix-${nixVersions()[0]}`).uri}`);
});

test('a builder that is kept for a feature which it lacks is not used', async () => {
  const machines = claims(`nix-${nixVersions()[0]}`, 'kvm');
  const { code, stderr } = await dispatch.build(['-f', file, '-A', 'kept'], machines);
  expect(code).toBe(1);
  expect(stderr).toContain('it is kept for derivations that require kvm (missing there)');
  expect(stderr).toMatch(advice);
});

test('a builder that was told to trust us counts as one that does, in the next run', async () => {
  const stranger = farm.builder('stranger');
  const friend = farm.builder('able');
  const machines = `${stranger.fastMachineLine}\n${friend.machineLine}`;
  const before = await dispatch.build(['-f', file, '-A', 'early'], machines);
  expect(before.stderr).toContain(`built early on ${friend.uri}`);
  const settings = join(stranger.daemon.confDir, 'nix.conf');
  const text = readFileSync(settings, 'utf8');
  writeFileSync(settings, text.replace('trusted-users = nobody', 'trusted-users = root'));
  await stranger.stop();
  await stranger.start();
  const after = await dispatch.build(['-f', file, '-A', 'late'], machines);
  expect(after.stderr).toContain(`built late on ${stranger.uri}`);
});
