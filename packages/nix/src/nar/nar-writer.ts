import { type ByteString, bytesOf } from '../byte-string.ts';
import { NixFormatError } from '../errors.ts';
import { nameFault, targetFault } from './nar-grammar.ts';
import type { NarNode } from './nar-node.ts';

/**
 * The NAR of a tree that is held in memory, in pieces; contents of files are not copied. Throws
 * `bad-nar` for a name or a target that no NAR may hold.
 */
export function* writeNar(node: NarNode): Iterable<Uint8Array> {
  yield items('nix-archive-1');
  yield* writeNode(node);
}

/** The NAR of a single file, whole. */
export function narOfFile(contents: Uint8Array, executable = false): Uint8Array {
  return joined([...writeNar({ kind: 'regular', executable, contents })]);
}

function* writeNode(node: NarNode): Iterable<Uint8Array> {
  if (node.kind === 'directory') yield* writeDirectory(node.entries);
  else if (node.kind === 'symlink') yield symlink(node.target);
  else {
    const mark = node.executable ? ['executable', ''] : [];
    yield items('(', 'type', 'regular', ...mark, 'contents');
    yield lengthOf(node.contents);
    yield node.contents;
    yield paddingOf(node.contents);
    yield items(')');
  }
}

function* writeDirectory(entries: ReadonlyMap<ByteString, NarNode>): Iterable<Uint8Array> {
  yield items('(', 'type', 'directory');
  let before = '';
  for (const name of [...entries.keys()].toSorted()) {
    const fault = nameFault(name, before);
    if (fault !== undefined) throw cannotHold(fault, name);
    before = name;
    yield items('entry', '(', 'name', name, 'node');
    const node = entries.get(name);
    if (node !== undefined) yield* writeNode(node);
    yield items(')');
  }
  yield items(')');
}

function symlink(target: ByteString): Uint8Array {
  const fault = targetFault(target);
  if (fault !== undefined) throw cannotHold(fault, target);
  return items('(', 'type', 'symlink', 'target', target, ')');
}

/** Each text as an item: its length, its bytes, and padding. */
function items(...texts: readonly ByteString[]): Uint8Array {
  const parts = texts.map(bytesOf).flatMap((bytes) => [lengthOf(bytes), bytes, paddingOf(bytes)]);
  return joined(parts);
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(bytes.length), true);
  return length;
}

function paddingOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array((8 - (bytes.length % 8)) % 8);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function cannotHold(fault: string, text: ByteString): NixFormatError {
  return new NixFormatError('bad-nar', `a NAR cannot hold this: ${fault}: ${JSON.stringify(text)}`);
}
