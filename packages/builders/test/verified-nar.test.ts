import { createHash } from 'node:crypto';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import { parseStorePath } from '@dispatch/nix/store-path';
import { describe, expect, it } from 'vitest';
import { verifiedNar, verifyNar } from '../src/verified-nar.ts';

async function* inPieces(of: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < of.length; at += size) yield of.subarray(at, at + size);
}

describe('a NAR on its way', () => {
  const bytes = Buffer.from('some bytes that stand for a NAR');
  const narHash = createHash('sha256').update(bytes).digest('hex');
  const right: ValidPathInfo = {
    path: parseStorePath(`/nix/store/${'0'.repeat(32)}-p`),
    references: [],
    narSize: bytes.length,
    narHash,
    deriver: undefined,
    registrationTime: 0,
    ultimate: false,
    signatures: [],
    contentAddress: '',
  };

  /** What came through, and whether the end of it was an error. */
  async function passed(info: ValidPathInfo, size: number) {
    const pieces: Uint8Array[] = [];
    try {
      for await (const piece of verifiedNar(info, inPieces(bytes, size), 'box')) pieces.push(piece);
      return { passed: Buffer.concat(pieces), code: undefined };
    } catch (error) {
      return { passed: Buffer.concat(pieces), code: (error as { code?: string }).code };
    }
  }

  it('comes through whole, in pieces of any size', async () => {
    for (const size of [1, 7, 31, 100]) {
      expect(await passed(right, size)).toEqual({ passed: bytes, code: undefined });
    }
  });

  it.each([
    ['of another hash', { narHash: 'f'.repeat(64) }],
    ['shorter than it should be', { narSize: bytes.length + 1 }],
    ['longer than it should be', { narSize: bytes.length - 1 }],
  ])('never comes through whole when it is %s', async (_, wrong) => {
    for (const size of [1, 7, 31, 100]) {
      const result = await passed({ ...right, ...wrong }, size);
      expect(result.code).toBe('copy-refused');
      expect(result.passed.length).toBeLessThan(bytes.length);
    }
    verifyNar(right, bytes, 'box');
    const refusal = expect.objectContaining({ code: 'copy-refused', builder: 'box' });
    expect(() => verifyNar({ ...right, ...wrong }, bytes, 'box')).toThrow(refusal);
  });
});
