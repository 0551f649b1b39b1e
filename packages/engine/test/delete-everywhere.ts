import { existsSync } from 'node:fs';
import type { StorePath } from '@dispatch/nix/store-path';
import { expect } from 'vitest';
import type { Farm } from '../../../test/farm/farm.ts';
import type { NixDaemon } from '../../../test/farm/nix-daemon.ts';

/** Takes paths out of all stores of a farm; what refers to them comes before them, or in an earlier call. */
export async function deleteEverywhere(farm: Farm, paths: readonly StorePath[]): Promise<void> {
  for (const { daemon } of [farm.hub, ...farm.builders]) await deleteFrom(daemon, farm, paths);
}

async function deleteFrom(
  daemon: NixDaemon,
  farm: Farm,
  paths: readonly StorePath[],
): Promise<void> {
  const there = paths.filter((path) => existsSync(daemon.realPath(path)));
  if (there.length === 0) return;
  // Connections hold temporary roots.
  await daemon.stop();
  const args = ['--delete', ...there, '--store', daemon.localUri];
  expect(await farm.hub.run('nix-store', args)).toMatchObject({ code: 0 });
  await daemon.start();
}
