import { fixedOutputPath, outputPathName } from '@dispatch/nix/output-path';
import { downstreamPlaceholder, ownPlaceholder } from '@dispatch/nix/placeholder';
import { defaultStoreDir, type StorePath } from '@dispatch/nix/store-path';
import { describe, expect, test } from 'vitest';
import { sha256 } from './node-hashes.ts';

function pathFor(hashAlgo: string, hash: string): string {
  return fixedOutputPath(sha256, defaultStoreDir, 'x', { hashAlgo, hash });
}

describe('the path of a fixed output', () => {
  test.each([
    ['md5', 32],
    ['sha1', 40],
    ['sha256', 64],
    ['sha512', 128],
    ['r:md5', 32],
    ['r:sha1', 40],
    ['r:sha256', 64],
    ['r:sha512', 128],
    ['git:sha1', 40],
    ['git:sha256', 64],
    ['text:sha256', 64],
  ])('hangs on %s and the digest', (algorithm, digits) => {
    const path = pathFor(algorithm, '1'.repeat(digits));
    expect(path).toMatch(/^\/nix\/store\/[0-9a-z]{32}-x$/);
    expect(pathFor(algorithm, '2'.repeat(digits))).not.toBe(path);
  });

  test.each([
    ['git:sha512', 128, 'gives no store path'],
    ['git:md5', 32, 'gives no store path'],
    ['text:sha1', 40, 'gives no store path'],
    ['text:sha512', 128, 'gives no store path'],
    ['sha3', 64, 'is unknown'],
    ['constructor', 64, 'is unknown'],
    ['r:', 64, 'is unknown'],
    ['x:sha256', 64, 'is unknown'],
    ['r:r:sha256', 64, 'is unknown'],
    ['', 64, 'is unknown'],
    ['sha256', 63, 'is not 64 hexadecimal digits'],
    ['sha1', 64, 'is not 40 hexadecimal digits'],
  ])('cannot be computed from %s with %d digits', (algorithm, digits, fault) => {
    expect(() => pathFor(algorithm, 'a'.repeat(digits))).toThrow(
      expect.objectContaining({
        code: 'unsupported-output-hash',
        message: expect.stringContaining(fault),
      }),
    );
  });

  test.each(['G'.repeat(64), 'A'.repeat(64), 'impure', ''])(
    'cannot be computed from the digest %j',
    (hash) => {
      expect(() => pathFor('sha256', hash)).toThrow(
        expect.objectContaining({ code: 'unsupported-output-hash' }),
      );
    },
  );
});

describe('placeholders', () => {
  test('of own outputs are those of Nix', () => {
    expect(ownPlaceholder(sha256, 'out')).toBe(
      '/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9',
    );
  });

  test('of inputs hang on the drv path and the output', () => {
    const drv = '/nix/store/i4jdg6sk94y3j5bhsklz8j0imx4z7kg1-c.drv' as StorePath;
    const all = ['out', 'dev'].map((output) => downstreamPlaceholder(sha256, drv, output));
    expect(all[0]).toMatch(/^\/[0-9a-z]{52}$/);
    expect(all[1]).not.toBe(all[0]);
  });

  test('and paths of outputs are named for all but out', () => {
    expect(outputPathName('x', 'out')).toBe('x');
    expect(outputPathName('x', 'dev')).toBe('x-dev');
  });
});
