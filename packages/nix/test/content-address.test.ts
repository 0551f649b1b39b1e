import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { byteStringFrom } from '@dispatch/nix/byte-string';
import {
  type ContentAddressMethod,
  parseContentAddress,
  pathOfContentAddress,
  printContentAddress,
} from '@dispatch/nix/content-address';
import { hashFromBytes } from '@dispatch/nix/hash';
import { narOfFile } from '@dispatch/nix/nar/nar-writer';
import type { StorePath } from '@dispatch/nix/store-path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from './node-hashes.ts';
import { openScratchNix, type ScratchNix } from './scratch-nix.ts';

const digits = '0'.repeat(64);
const other = `/nix/store/${'1'.repeat(32)}-other` as StorePath;

describe('content addresses', () => {
  test('are read back as they are printed', () => {
    const methods = fc.constantFrom<ContentAddressMethod>('text', 'flat', 'nar', 'git');
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(methods, digest, (method, bytes) => {
        const address = { method, hash: hashFromBytes('sha256', bytes) };
        expect(parseContentAddress(printContentAddress(address))).toEqual(address);
      }),
    );
  });

  test.each([
    '',
    'text',
    'fixed:',
    `sha256:${digits}`,
    `text:r:sha256:${digits}`,
    `fixed:x:sha256:${digits}`,
    `fixed:crc:${digits}`,
    `fixed:sha256-${digits}`,
    `fixed:sha256:${digits}0`,
    `text:sha1:${'0'.repeat(40)}`,
    `fixed:git:md5:${'0'.repeat(32)}`,
    `fixed:sha256:${digits}:more`,
  ])('refuse %j', (text) => {
    expect(() => parseContentAddress(text)).toThrowError(
      expect.objectContaining({ code: 'bad-content-address' }),
    );
  });

  test.each([
    [`fixed:sha256:${digits}`, { references: [other] }, 'cannot have references'],
    [`fixed:r:sha1:${'0'.repeat(40)}`, { selfReference: true }, 'cannot have references'],
    [`text:sha256:${digits}`, { selfReference: true }, 'a text cannot refer to itself'],
  ])('give no path to %s with %j', (text, references, message) => {
    const address = parseContentAddress(text);
    const path = (): StorePath =>
      pathOfContentAddress(sha256, { name: 'a', address, ...references });
    expect(path).toThrowError(message);
  });
});

describe('beside the real Nix', () => {
  let nix: ScratchNix;
  beforeAll(() => {
    nix = openScratchNix();
  });
  afterAll(() => nix.remove());

  /** Compares with what Nix says of a path; gives its content address. */
  function compare(path: string): string {
    const [info] = JSON.parse(nix.line('nix', 'path-info', '--json', path));
    const address = parseContentAddress(info.ca);
    expect(printContentAddress(address)).toBe(info.ca);
    const others = info.references.filter((found: string) => found !== path);
    const selfReference = others.length < info.references.length;
    const name = path.slice('/nix/store/'.length + 33);
    const parts = { name, address, references: others.toReversed(), selfReference };
    expect(pathOfContentAddress(sha256, parts)).toBe(path);
    return info.ca;
  }

  test.each([
    ['fixed:r:sha256:', ['nix-store', '--add-fixed', '--recursive', 'sha256']],
    ['fixed:r:sha1:', ['nix-store', '--add-fixed', '--recursive', 'sha1']],
    ['fixed:sha256:', ['nix-store', '--add-fixed', 'sha256']],
    ['fixed:sha512:', ['nix-store', '--add-fixed', 'sha512']],
    ['fixed:md5:', ['nix-store', '--add-fixed', 'md5']],
    ['fixed:sha256:', ['nix', 'store', 'add-file']],
  ])('a path that is %s by %j', (prefix, [tool = '', ...args]) => {
    const file = nix.file(`file-${args.length}`, 'content');
    expect(compare(nix.line(tool, ...args, file))).toContain(prefix);
  });

  test('a path that refers to itself', () => {
    const original = `/nix/store/${'0'.repeat(32)}-itself`;
    mkdirSync(join(nix.folder, 'root/nix/store'), { recursive: true });
    nix.file(`root${original}`, `I am ${original}`);
    const nar = narOfFile(Buffer.from(`I am ${original}`));
    const narHash = sha256(byteStringFrom(nar));
    const registration = [original, narHash, nar.length, '', 1, original, ''].join('\n');
    nix.run('nix-store', ['--load-db'], Buffer.from(registration));
    const rewritten = nix.line('nix', 'store', 'make-content-addressed', '--json', original);
    const path: string = JSON.parse(rewritten).rewrites[original];
    expect(compare(path)).toContain('fixed:r:sha256:');
    expect(nix.line('nix-store', '--query', '--references', path)).toBe(path);
  });

  test('a text with references', () => {
    const text = `builtins.toFile "text" "${reference('b')} ${reference('a')} ${reference('c')}"`;
    const args = ['--eval', '--read-write-mode', '-E', text];
    expect(compare(nix.line('nix-instantiate', ...args).slice(1, -1))).toContain('text:sha256:');
  });
});

/** A text as it is referred to within another. */
function reference(name: string): string {
  return `\${builtins.toFile "${name}" "${name}"}`;
}
