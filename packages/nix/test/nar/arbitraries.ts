import type { ByteString } from '@dispatch/nix/byte-string';
import type { NarNode } from '@dispatch/nix/nar/nar-node';
import { writeNar } from '@dispatch/nix/nar/nar-writer';
import * as fc from 'fast-check';

const nameBytes = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));

/** Any bytes but those that no file name may have. */
const anyName: fc.Arbitrary<ByteString> = fc
  .oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b', 'bin', 'lib', 'A', 'é') }, nameBytes)
  .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..')
  .map((name) => name.replace(/[^\0-\xff]/g, ''))
  .filter((name) => name !== '');

const anyTarget = nameBytes.filter((target) => !target.includes('\0'));

export const anyNode: fc.Arbitrary<NarNode> = fc.letrec<{ node: NarNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.record({
      kind: fc.constant('regular' as const),
      executable: fc.boolean(),
      contents: fc.uint8Array({ maxLength: 40 }),
    }),
    fc.record({ kind: fc.constant('symlink' as const), target: anyTarget }),
    fc.record({
      kind: fc.constant('directory' as const),
      entries: fc.array(fc.tuple(anyName, tie('node')), { maxLength: 5 }).map(sortedMap),
    }),
  ),
})).node;

/** `bytes` cut into chunks, some of them empty. */
export function chunksOf(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc
    .array(fc.nat(bytes.length), { maxLength: 12 })
    .map((cuts) => [0, ...cuts.toSorted((one, other) => one - other), bytes.length])
    .map((cuts) => cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end)));
}

export function narOf(node: NarNode): Buffer {
  return Buffer.concat([...writeNar(node)]);
}

/** A NAR written item by item, for those that the writer would refuse. */
export function rawNar(...items: readonly ByteString[]): Uint8Array {
  return Buffer.concat(
    ['nix-archive-1', ...items].map((item) => {
      const padded = Buffer.alloc(8 + Math.ceil(item.length / 8) * 8);
      padded.writeUInt32LE(item.length);
      padded.write(item, 8, 'latin1');
      return padded;
    }),
  );
}

function sortedMap(entries: ReadonlyArray<[ByteString, NarNode]>): Map<ByteString, NarNode> {
  const unique = new Map(entries);
  return new Map([...unique].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
