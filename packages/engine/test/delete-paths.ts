import { existsSync } from 'node:fs';
import type { StorePath } from '@dispatch/nix/store-path';
import { expect } from 'vitest';
import type { Farm } from '../../../test/farm/farm.ts';
import type { NixDaemon } from '../../../test/farm/nix-daemon.ts';

/**
 * Deletes paths from all stores of a farm; what refers to them has to come before them, or in an earlier
 * call.
 */
export async function deleteEverywhere(farm: Farm, paths: readonly StorePath[]): Promise<void> {
  for (const { daemon } of [farm.hub, ...farm.builders]) {
    const there = paths.filter((path) => existsSync(daemon.realPath(path)));
    if (there.length > 0) await deleteFrom(daemon, farm, there);
  }
}

/** Deletes paths, all of which must be there, from one store. */
export async function deleteFrom(
  daemon: NixDaemon,
  farm: Farm,
  paths: readonly StorePath[],
): Promise<void> {
  // Connections hold temporary roots.
  await daemon.stop();
  const args = ['--delete', ...paths, '--store', daemon.localUri];
  expect(await farm.hub.run('nix-store', args)).toMatchObject({ code: 0 });
  await daemon.start();
}
