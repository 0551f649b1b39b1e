import { createHash } from 'node:crypto';
import type { Sha256 } from '@dispatch/nix/make-store-path';

export const sha256: Sha256 = (...pieces) =>
  createHash('sha256').update(pieces.join(''), 'latin1').digest('hex');
