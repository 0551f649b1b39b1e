import { noBuildSettings } from '@dispatch/engine/execute/build-settings';
import type { StorePath } from '@dispatch/nix/store-path';
import type { BuildOrder } from '../../src/messages/build-order.ts';

export const drvPath: StorePath = `/nix/store/${'a'.repeat(32)}-x.drv` as StorePath;

export const order: BuildOrder = {
  roots: [{ drvPath, outputs: ['out'] }],
  links: null,
  keepGoing: false,
  settings: noBuildSettings,
  world: { folder: '/', environment: {} },
};

let made = 0;

/** A name that no other run of the test has. */
export function runId(): string {
  made += 1;
  return `20261121T200305-${made.toString(16).padStart(8, '0')}`;
}
