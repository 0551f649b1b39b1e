import { existsSync, lstatSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { NarNode } from '@dispatch/nix/nar/nar-node';
import { type NarEvent, NarParser } from '@dispatch/nix/nar/nar-parser';
import { readNar } from '@dispatch/nix/nar/nar-reader';
import { narOfFile, writeNar } from '@dispatch/nix/nar/nar-writer';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScratchNix, type ScratchNix } from '../scratch-nix.ts';
import { anyNode, chunksOf, narOf } from './arbitraries.ts';

describe('a tree', () => {
  test('is read back as it was written', () => {
    fc.assert(
      fc.property(anyNode, (node) => {
        expect(readNar(new Uint8Array(narOf(node)))).toEqual(node);
      }),
    );
  });

  test('tells the same events however its NAR is cut, but for the pieces of contents', () => {
    const cut = anyNode.map(narOf).chain((nar) => chunksOf(nar).map((chunks) => ({ nar, chunks })));
    fc.assert(
      fc.property(cut, ({ nar, chunks }) => {
        expect(eventsOf(chunks)).toEqual(eventsOf([nar]));
      }),
    );
  });

  test('with bytes behind it is refused', () => {
    const nar = narOfFile(Buffer.from('abc'));
    expect(() => readNar(Buffer.concat([nar, Buffer.alloc(8)]))).toThrowError(
      expect.objectContaining({ code: 'bad-nar', position: nar.length }),
    );
    expect(() => readNar(nar.subarray(0, 60))).toThrowError(/ends before it is complete/);
  });

  test.each(['', '.', 'a/b', 'a\0'])('with the name %j is not written', (name) => {
    const entries = new Map([[name, { kind: 'symlink', target: 'a' } as const]]);
    expect(() => [...writeNar({ kind: 'directory', entries })]).toThrowError(/cannot hold/);
  });

  test('with a link to nowhere at all is not written', () => {
    expect(() => [...writeNar({ kind: 'symlink', target: '' })]).toThrowError(/empty target/);
  });
});

/** Contents joined for each file, so that how they were cut does not show. */
function eventsOf(chunks: readonly Uint8Array[]): unknown[] {
  const events: unknown[] = [];
  let contents = '';
  const take = (event: NarEvent): void => {
    if (event.kind === 'contents') contents += Buffer.from(event.bytes).toString('latin1');
    else {
      events.push(contents, event);
      contents = '';
    }
  };
  const parser = new NarParser(take);
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return events;
}

describe('beside the real Nix', () => {
  let nix: ScratchNix;
  beforeAll(() => {
    nix = openScratchNix();
  });
  afterAll(() => nix.remove());

  test('what nix-store dumps is read, and written again byte for byte', () => {
    const root = join(nix.folder, 'tree');
    mkdirSync(join(root, 'bin', 'empty'), { recursive: true });
    nix.file('tree/bin/tool', '#!/bin/sh\n');
    nix.run('chmod', ['+x', join(root, 'bin/tool')]);
    for (const size of [0, 1, 7, 8, 9, 100_000])
      nix.file(`tree/size-${size}`, Buffer.alloc(size, 1));
    for (const name of ['a', 'a-b', 'a.b', 'ab', 'Z', 'ä', '~']) nix.file(`tree/${name}`, name);
    symlinkSync('../nowhere', join(root, 'link'));
    const dumped = nix.run('nix-store', ['--dump', root]);
    const tree = readNar(dumped);
    expect(narOf(tree).equals(dumped)).toBe(true);
    expect(tree).toMatchObject({ kind: 'directory' });
  });

  test('a file of 8 bytes is 120 bytes', () => {
    const file = nix.file('eight', '12345678');
    const nar = narOfFile(Buffer.from('12345678'));
    expect(nar).toHaveLength(120);
    expect(nix.run('nix-store', ['--dump', file]).equals(nar)).toBe(true);
  });

  test('what is written, nix-store restores', () => {
    const contents = Buffer.from('#!/bin/sh\necho hello\n');
    const tree: NarNode = {
      kind: 'directory',
      entries: new Map<string, NarNode>([
        ['run', { kind: 'regular', executable: true, contents }],
        ['data', { kind: 'regular', executable: false, contents: new Uint8Array(0) }],
        ['to', { kind: 'symlink', target: 'run' }],
        ['none', { kind: 'directory', entries: new Map() }],
      ]),
    };
    const target = join(nix.folder, 'restored');
    nix.run('nix-store', ['--restore', target], narOf(tree));
    expect(lstatSync(join(target, 'run')).mode & 0o111).toBe(0o111);
    expect(lstatSync(join(target, 'data')).mode & 0o111).toBe(0);
    expect(readlinkSync(join(target, 'to'))).toBe('run');
    expect(existsSync(join(target, 'none'))).toBe(true);
    expect(nix.run('nix-store', ['--dump', target]).equals(narOf(tree))).toBe(true);
  });
});
