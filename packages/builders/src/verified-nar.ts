import { createHash, hash as hashOf } from 'node:crypto';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import { BuildersError } from './errors.ts';

/**
 * Passes a NAR through while checking its size and hash. The last piece is held back until the
 * whole is known to be right, so that the receiver never gets a complete NAR that is wrong. Throws
 * `copy-refused`.
 */
export async function* verifiedNar(
  info: ValidPathInfo,
  nar: AsyncIterable<Uint8Array>,
  source: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  let heldBack: Uint8Array | undefined;
  for await (const piece of nar) {
    size += piece.length;
    if (size > info.narSize) throw refused(info, source, `is longer than ${info.narSize} bytes`);
    hash.update(piece);
    if (heldBack !== undefined) yield heldBack;
    heldBack = piece;
  }
  refuseOther(info, source, { size, narHash: hash.digest('hex') });
  if (heldBack !== undefined) yield heldBack;
}

/** The same check for a NAR that is in memory. */
export function verifyNar(info: ValidPathInfo, nar: Uint8Array, source: string): void {
  refuseOther(info, source, { size: nar.length, narHash: hashOf('sha256', nar, 'hex') });
}

function refuseOther(
  info: ValidPathInfo,
  source: string,
  { size, narHash }: { readonly size: number; readonly narHash: string },
): void {
  if (size > info.narSize) throw refused(info, source, `is longer than ${info.narSize} bytes`);
  if (size < info.narSize) throw refused(info, source, `has ${size} bytes, not ${info.narSize}`);
  if (narHash !== info.narHash) {
    throw refused(info, source, `has the hash sha256:${narHash}, not sha256:${info.narHash}`);
  }
}

function refused(info: ValidPathInfo, source: string, what: string): BuildersError {
  const advice = `check its disk with 'nix-store --verify-path ${info.path}'`;
  const text = `what ${source} sent for '${info.path}' ${what}; nothing of it was kept; ${advice}`;
  return new BuildersError('copy-refused', text, { builder: source, path: info.path });
}
