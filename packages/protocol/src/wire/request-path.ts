import type { StorePath } from '@dispatch/nix/store-path';
import type { RequestWriter } from './request-writer.ts';

/** The fields of a request that asks about one path and nothing else. */
export function requestPath(path: StorePath): (out: RequestWriter) => void {
  return (out) => out.text(path);
}
