import type { StorePath } from '@dispatch/nix/store-path';
import { GraphError } from '../errors.ts';

/** The error that refuses a group: the derivation at fault, what is wrong, and what to write. */
export function badGroup(path: StorePath, fault: string): GraphError {
  return new GraphError('bad-group', `${path} ${fault}`, path);
}
