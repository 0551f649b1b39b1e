import { createHash } from 'node:crypto';
import { narOfFile } from '@dispatch/nix/nar/nar-writer';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import { parseStorePath } from '@dispatch/nix/store-path';
import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import {
  addMultipleToStore,
  type PathWithNar,
} from '@dispatch/protocol/operations/add-multiple-to-store';

/** A store path in memory: a file of a few lines. */
export interface SmallPath {
  readonly info: ValidPathInfo;
  readonly nar: Uint8Array;
}

/** Makes new paths; a daemon that trusts us takes them under any name. */
export function smallPaths(count: number, salt: string): SmallPath[] {
  return Array.from({ length: count }, (_, index) => {
    const text = `${salt} ${index}\n`.repeat(20);
    const nar = narOfFile(Buffer.from(text));
    const digits = createHash('sha256').update(text).digest('hex').replaceAll('e', 'z');
    const info = {
      path: parseStorePath(`/nix/store/${digits.slice(0, 32)}-small-${index}`),
      deriver: undefined,
      narHash: createHash('sha256').update(nar).digest('hex'),
      references: [],
      registrationTime: 0,
      narSize: nar.length,
      ultimate: false,
      signatures: [],
      contentAddress: '',
    };
    return { info, nar };
  });
}

/** Seconds for one AddMultipleToStore of all of them, on a connection that is up. */
export async function addFromMemory(
  connection: DaemonConnection,
  paths: readonly SmallPath[],
): Promise<number> {
  const start = performance.now();
  const items = inOneBatch(paths);
  const request = { items, count: paths.length, repair: false, dontCheckSigs: true };
  await addMultipleToStore(connection, request);
  return (performance.now() - start) / 1000;
}

async function* inOneBatch(paths: readonly PathWithNar[]): AsyncGenerator<readonly PathWithNar[]> {
  yield paths;
}
