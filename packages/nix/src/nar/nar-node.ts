import type { ByteString } from '../byte-string.ts';

/** A file system object as a NAR holds it: no owner, no times, and of the mode only the x bit. */
export type NarNode =
  | { readonly kind: 'regular'; readonly executable: boolean; readonly contents: Uint8Array }
  | { readonly kind: 'symlink'; readonly target: ByteString }
  | { readonly kind: 'directory'; readonly entries: ReadonlyMap<ByteString, NarNode> };
