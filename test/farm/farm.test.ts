import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SmallDisk } from '../small-disk.ts';
import { type Farm, startFarm } from './farm.ts';
import { newestNix, nixProgram, nixVersions } from './installed-nix.ts';
import { processesOf } from './processes.ts';

function derivation(name: string, script: string, attributes = ''): string {
  return `derivation { name = "${name}"; system = builtins.currentSystem; builder = "/bin/sh";
    args = [ "-c" "${script}" ]; ${attributes} }`;
}

function needsFeature(name: string): string {
  return derivation(name, `echo ${name} > $out`, `requiredSystemFeatures = [ "${name}" ];`);
}

test('a stock client builds in the hub, inside the sandbox', async () => {
  await using farm = await startFarm();
  const [drv] = await farm.hub.instantiate(derivation('a', 'test ! -e /root && echo hello > $out'));
  const [output] = await farm.hub.realise(drv!);
  expect(output).toMatch(/^\/nix\/store\/[0-9a-z]{32}-a$/);
  expect(existsSync(farm.hub.daemon.realPath(output!))).toBe(true);
});

/** Has a stock client build a derivation for each of the builders; gives what it says. */
async function buildOnEach(farm: Farm): Promise<string> {
  const drvs = await Promise.all(
    farm.builders.map(async ({ name }) => (await farm.hub.instantiate(needsFeature(name)))[0]!),
  );
  const lines = farm.builders.map((builder) => builder.stockMachineLine).join(';');
  const remotely = ['--max-jobs', '0', '--builders', lines];
  return (await farm.hub.run('nix-store', ['--realise', ...drvs, ...remotely])).stderr;
}

test('a stock client builds on builders behind ssh and behind a socket', async () => {
  await using farm = await startFarm({
    builders: [
      { name: 'far', ssh: true, features: ['far'] },
      { name: 'near', features: ['near'] },
    ],
  });
  const said = await buildOnEach(farm);
  expect(said).toContain("on 'ssh-ng://far'");
  expect(said).toContain(`on '${farm.builder('near').uri}'`);
});

test('a builder that was stopped comes back with its store', async () => {
  await using farm = await startFarm({ builders: [{ name: 'far', ssh: true }] });
  const far = farm.builder('far');
  const login = ['-F', `${farm.folder}/ssh_config`, 'far', 'nix-store', '--version'];
  expect((await farm.hub.run('ssh', login)).code).toBe(0);
  await far.stop();
  expect((await farm.hub.run('ssh', login)).code).toBe(255);
  await far.start();
  expect((await farm.hub.run('ssh', login)).stdout).toContain('2.');
});

test('a daemon that does not trust us refuses what only trusted users may do', async () => {
  await using farm = await startFarm({ hub: { trusted: false } });
  await farm.hub.instantiate(derivation('a', 'echo > $out'));
  expect(farm.hub.daemon.log()).not.toContain('(trusted)');
});

test('nothing is left after a farm was disposed of, not even a build under way', async () => {
  const farm = await startFarm({ builders: [{ name: 'far', ssh: true }] });
  const [drv] = await farm.hub.instantiate(derivation('slow', '/usr/bin/sleep 60'));
  const build = farm.hub.run('nix-store', ['--realise', drv!]);
  await expect
    .poll(() => processesOf(farm.folder).map((one) => one.command))
    .toContain('/usr/bin/sleep 60');
  await farm[Symbol.asyncDispose]();
  expect((await build).code).not.toBe(0);
  expect(processesOf(farm.folder)).toEqual([]);
  expect(existsSync(farm.folder)).toBe(false);
});

test.each(nixVersions())('Nix %s builds as a hub, behind ssh and behind a socket', async (nix) => {
  await using farm = await startFarm({
    hub: { nix },
    builders: [
      { name: 'far', nix, ssh: true, features: ['far'] },
      { name: 'near', nix, features: ['near'] },
    ],
  });
  expect((await farm.hub.run('nix-store', ['--version'])).stdout).toContain(` ${nix}.`);
  const login = ['-F', `${farm.folder}/ssh_config`, 'far', 'nix-daemon', '--version'];
  expect((await farm.hub.run('ssh', login)).stdout).toContain(` ${nix}.`);
  const [here] = await farm.hub.instantiate(
    derivation('here', 'test ! -e /root && /usr/bin/env > $out'),
  );
  const [output] = await farm.hub.realise(here!);
  expect(existsSync(farm.hub.daemon.realPath(output!))).toBe(true);
  const said = await buildOnEach(farm);
  expect(said).toContain("on 'ssh-ng://far'");
  expect(said).toContain(`on '${farm.builder('near').uri}'`);
});

test('a client of one version builds in a hub of another', async () => {
  await using farm = await startFarm({ hub: { clientNix: newestNix() } });
  const { stdout } = await farm.hub.run('nix-instantiate', [
    '--expr',
    derivation('a', 'echo > $out'),
  ]);
  const program = nixProgram('nix-store', newestNix());
  const { stdout: output } = await farm.hub.run(program, ['--realise', stdout.trim()]);
  expect(existsSync(farm.hub.daemon.realPath(output.trim()))).toBe(true);
});

test('a farm is not ended with another in which a file system was mounted meanwhile', async () => {
  const one = await startFarm();
  const disk = new SmallDisk(join(one.folder, 'disk'), '4m');
  // The daemon of this farm makes a mount namespace of its own, with a copy of all mounts.
  await using other = await startFarm();
  disk[Symbol.dispose]();
  await one[Symbol.asyncDispose]();
  expect(other.hub.daemon.pid).toBeDefined();
  await other.hub.instantiate(derivation('a', 'echo > $out'));
});
