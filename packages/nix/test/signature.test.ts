import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isSignedBy,
  parsePublicKey,
  parseSecretKey,
  parseSignature,
  pathFingerprint,
  printPublicKey,
  printSignature,
  publicKeyOf,
  sign,
} from '@dispatch/nix/signature';
import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ed25519 } from './node-hashes.ts';
import { openScratchNix, type ScratchNix } from './scratch-nix.ts';

const narHash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const one = `/nix/store/${'0'.repeat(32)}-one` as StorePath;
const two = `/nix/store/${'1'.repeat(32)}-two` as StorePath;
const secretText = `key-1:${Buffer.alloc(64, 7).toString('base64')}`;

describe('a path fingerprint', () => {
  test('has the references sorted, each once', () => {
    const info = { path: one, narHash, narSize: 120, references: [two, one, two] };
    expect(pathFingerprint(info)).toBe(
      `1;${one};sha256:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s;120;${one},${two}`,
    );
  });

  test.each([0, -1, Number.NaN, 2 ** 53])('is refused for the size %d', (narSize) => {
    expect(() => pathFingerprint({ path: one, narHash, narSize, references: [] })).toThrowError(
      expect.objectContaining({ code: 'bad-path-info' }),
    );
  });
});

describe('keys and signatures', () => {
  test.each(['', 'key', ':AAAA', 'key:', 'key:AAAA', 'key:!!!!', `${secretText}=`])(
    'refuse %j, and tell nothing of it',
    (text) => {
      for (const parse of [parseSecretKey, parsePublicKey, parseSignature]) {
        expect(() => parse(text)).toThrowError(expect.objectContaining({ code: 'bad-signature' }));
        expect(() => parse(text)).not.toThrowError(/AAAA|!!!!|BwcH/);
      }
    },
  );

  test('count only for their own name, message and key', () => {
    const seed = Buffer.alloc(32, 1);
    const key = parseSecretKey(`k:${Buffer.concat([seed, ed25519PublicKey]).toString('base64')}`);
    const publicKey = publicKeyOf(key);
    const signature = sign(ed25519, key, 'text \xff');
    expect(isSignedBy(ed25519, [publicKey], 'text \xff', signature)).toBe(true);
    expect(isSignedBy(ed25519, [publicKey], 'text', signature)).toBe(false);
    expect(isSignedBy(ed25519, [], 'text \xff', signature)).toBe(false);
    const renamed = { ...signature, keyName: 'other' };
    expect(isSignedBy(ed25519, [publicKey], 'text \xff', renamed)).toBe(false);
  });
});

/** Belongs to the seed of 32 bytes of 1 (computed by OpenSSL). */
const ed25519PublicKey = Buffer.from(
  '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c',
  'hex',
);

describe('beside the real Nix', () => {
  let nix: ScratchNix;
  beforeAll(() => {
    nix = openScratchNix();
  });
  afterAll(() => nix.remove());

  test('keys and signatures are the same, and each verifies', () => {
    const [secretFile, publicFile] = [join(nix.folder, 'secret'), join(nix.folder, 'public')];
    nix.run('nix-store', ['--generate-binary-cache-key', 'test-1', secretFile, publicFile]);
    const secret = parseSecretKey(readFileSync(secretFile, 'utf8'));
    const publicKey = parsePublicKey(readFileSync(publicFile, 'utf8'));
    expect(publicKeyOf(secret)).toEqual(publicKey);
    expect(printPublicKey(publicKey)).toBe(readFileSync(publicFile, 'utf8'));

    const inner = `builtins.toFile "inner" "x"`;
    const outer = `builtins.toFile "outer" "\${${inner}} \${builtins.toFile "other" "y"}"`;
    const path = nix
      .line('nix-instantiate', '--eval', '--read-write-mode', '-E', outer)
      .slice(1, -1);
    nix.run('nix', ['store', 'sign', '-k', secretFile, path]);
    const [info] = JSON.parse(nix.line('nix', 'path-info', '--json', path));
    const hash = nix.line('nix', 'hash', 'to-base16', info.narHash);
    expect(info.references).toHaveLength(2);
    const fingerprint = pathFingerprint({ ...info, narHash: hash });
    expect(printSignature(sign(ed25519, secret, fingerprint))).toBe(info.signatures[0]);
    const signature = parseSignature(info.signatures[0]);
    expect(isSignedBy(ed25519, [publicKey], fingerprint, signature)).toBe(true);
  });
});
