import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from './farm.ts';
import { groupBuilder } from './group-builders.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startFarm({ builders: ['one', 'two'].map((name) => groupBuilder(name)) });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

const port = 7117;

/** A derivation for one of the builders, which is chosen by its feature. */
function step(name: string, script: string): string {
  return `derivation { name = "${name}"; system = builtins.currentSystem; builder = "/bin/sh"; __noChroot = true;
    args = [ "-euc" ''export PATH=/usr/bin:/bin; ${script}'' ]; }`;
}

/** Builds on one builder alone, as a user who is logged in there. */
async function buildOn(name: string, expression: string): Promise<string> {
  const login = ['-F', `${farm.folder}/ssh_config`, name];
  const words = ['nix-build', '--no-out-link', '--expr', expression];
  const command = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const { code, stdout, stderr } = await farm.hub.run('ssh', [...login, command]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

test('builds on two builders talk to each other over TCP', async () => {
  const address = farm.builder('one').network.address;
  const listen = `perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalAddr => "${address}", LocalPort => ${port}, Listen => 1, ReuseAddr => 1) or die; print {$s->accept} "from one\n"' && echo > $out`;
  const ask = `for n in $(seq 100); do exec 3<>/dev/tcp/${address}/${port} && break; sleep 0.1; done; cat <&3 > $out`;
  const bash = step('two', `exec bash -uc "$ask"`).replace('{ name', `{ ask = ''${ask}''; name`);
  const [, output] = await Promise.all([buildOn('one', step('one', listen)), buildOn('two', bash)]);
  const { daemon } = farm.builder('two');
  expect(readFileSync(daemon.realPath(output), 'utf8')).toBe('from one\n');
});

test('what is built there is in the store of the builder, and not in that of this machine', async () => {
  const output = await buildOn('one', step('three', 'echo > $out'));
  expect(existsSync(farm.builder('one').daemon.realPath(output))).toBe(true);
  expect(existsSync(farm.builder('two').daemon.realPath(output))).toBe(false);
  expect(existsSync(output)).toBe(false);
});
