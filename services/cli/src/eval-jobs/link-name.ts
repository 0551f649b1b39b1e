import { hashPart } from '@dispatch/nix/store-path';
import type { JobToBuild } from './job-queue.ts';

/** Characters; with a prefix and an output beside it, a file may be called so. */
const longest = 150;

/**
 * What comes behind the prefix in the names of an attribute's links: the attribute itself, but for
 * characters that mean something to a path or a shell, which are written as in a URL. Of a long one, the
 * beginning, and the hash of its derivation.
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
