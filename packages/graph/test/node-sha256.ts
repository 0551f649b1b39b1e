import { createHash } from 'node:crypto';
import { joinBytes } from '@dispatch/nix/byte-string';
import type { Sha256 } from '@dispatch/nix/make-store-path';

export const sha256: Sha256 = (...pieces) =>
  createHash('sha256').update(joinBytes(pieces)).digest('hex');
