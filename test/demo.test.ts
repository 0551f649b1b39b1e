import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFarm } from './farm/farm.ts';

const expression = join(import.meta.dirname, '..', 'infra', 'demo', 'demo.nix');

test('stock Nix builds the expression of the demo on two builders', async () => {
  await using farm = await startFarm({
    builders: [
      { name: 'one', slots: 2, ssh: true },
      { name: 'two', slots: 2, ssh: true },
    ],
  });
  const lines = farm.builders.map((builder) => builder.stockMachineLine).join(';');
  const remotely = ['--max-jobs', '0', '--builders', lines];
  const build = await farm.hub.run('nix-build', [
    expression,
    '-A',
    'image',
    '--no-out-link',
    ...remotely,
  ]);
  expect(build).toMatchObject({ code: 0 });
  const image = farm.hub.daemon.realPath(build.stdout.trim());
  const program = farm.hub.daemon.realPath(readlinkSync(join(image, 'program')));
  expect(build.stderr).toContain("on 'ssh-ng://one'");
  expect(build.stderr).toContain("on 'ssh-ng://two'");
  expect(readFileSync(program, 'utf8')).toContain('left, by compiler 1');
});

test('the demo runs to its end: what is below the poison changes, and nothing else', async () => {
  await using farm = await startFarm({
    builders: [
      { name: 'one', slots: 2, ssh: true },
      { name: 'two', slots: 2, ssh: true },
    ],
  });
  const machines = join(farm.folder, 'machines');
  writeFileSync(machines, farm.machines);
  const script = join(import.meta.dirname, '..', 'infra', 'demo', 'demo.ts');
  const demo = await farm.hub.run('env', [
    `DISPATCH_FARM_MACHINES=${machines}`,
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    script,
  ]);
  expect(demo).toMatchObject({ code: 0 });
  const changed = demo.stderr.matchAll(/-(\S+)\n {4}-> /g);
  expect(new Set(Array.from(changed, ([, name]) => name))).toEqual(
    new Set(['all', 'image', 'left', 'library', 'library-dev', 'manual', 'program', 'program-doc']),
  );
  const kept = demo.stderr.matchAll(/-(\S+) {2}kept\n/g);
  expect(new Set(Array.from(kept, ([, name]) => name))).toEqual(
    new Set(['compiler', 'right', 'settings']),
  );
});
