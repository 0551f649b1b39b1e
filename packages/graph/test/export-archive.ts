import { bytesOf, joinBytes } from '@dispatch/nix/byte-string';
import { narOfFile } from '@dispatch/nix/nar/nar-writer';
import { inputPaths } from '../src/derivation-node.ts';
import { type DrvFile, nodeOf } from './loaded-graph.ts';

/** `.drv` files, each after its inputs, in the form that `nix-store --import` reads. */
export function exportArchive(files: readonly DrvFile[]): Uint8Array {
  return joinBytes([...files.flatMap(exported), word(0)]);
}

const mark = 0x4558494e;

function exported(file: DrvFile): Uint8Array[] {
  const references = [...inputPaths(nodeOf(file)), ...nodeOf(file).text.inputSrcs].toSorted();
  return [
    word(1),
    narOfFile(bytesOf(file.text)),
    word(mark),
    padded(file.path),
    word(references.length),
    ...references.map(padded),
    padded(''),
    word(0),
  ];
}

function word(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value);
  return bytes;
}

function padded(text: string): Uint8Array {
  return joinBytes([word(text.length), text, '\0'.repeat((8 - (text.length % 8)) % 8)]);
}
