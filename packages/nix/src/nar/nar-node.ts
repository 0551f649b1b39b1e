import type { ByteString } from '../byte-string.ts';

/** A file system object as a NAR can hold it: no owner, no times, of the mode the x bit alone. */
export type NarNode =
  | { readonly kind: 'regular'; readonly executable: boolean; readonly contents: Uint8Array }
  | { readonly kind: 'symlink'; readonly target: ByteString }
  | { readonly kind: 'directory'; readonly entries: ReadonlyMap<ByteString, NarNode> };
