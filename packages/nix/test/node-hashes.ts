import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { joinBytes } from '@dispatch/nix/byte-string';
import type { Sha256 } from '@dispatch/nix/make-store-path';
import type { Ed25519 } from '@dispatch/nix/signature';

export const sha256: Sha256 = (...pieces) =>
  createHash('sha256').update(joinBytes(pieces)).digest('hex');

const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex');

export const ed25519: Ed25519 = {
  sign: (message, seed) => {
    const der = Buffer.concat([pkcs8Head, seed]);
    return sign(null, message, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  },
  verify: (message, signature, publicKey) => {
    const der = Buffer.concat([spkiHead, publicKey]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return verify(null, message, key, signature);
  },
};
