import { hashPart } from '@dispatch/nix/store-path';
import type { JobToBuild } from './job-queue.ts';

/** Characters; this leaves room in a file name for a prefix and an output. */
const longest = 150;

/**
 * What follows the prefix in the names of an attribute's links: the attribute itself, in which characters
 * that mean something to a path or a shell are written as in a URL. A long one is cut, and followed by the
 * hash of its derivation.
 */
export function linkName({ attr, drvPath }: JobToBuild): string {
  const name = [...Buffer.from(attr)].map(plain).join('');
  if (name.length <= longest && name !== '') return name;
  const hash = hashPart(drvPath);
  return [name.slice(0, longest - hash.length), hash].filter((part) => part !== '').join('-');
}

function plain(byte: number): string {
  const character = String.fromCharCode(byte);
  if (/[\w.+=-]/.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
