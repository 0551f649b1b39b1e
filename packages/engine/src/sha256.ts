import { createHash } from 'node:crypto';
import type { Sha256 } from '@dispatch/nix/make-store-path';

/** The runtime's own SHA-256, for the pure layers, which take it as an argument. */
export const nodeSha256: Sha256 = (data) =>
  createHash('sha256').update(data, 'latin1').digest('hex');
