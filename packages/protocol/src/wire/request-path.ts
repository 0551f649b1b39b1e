import type { StorePath } from '@dispatch/nix/store-path';
import type { Request } from '../exchange.ts';
import type { OperationName } from '../operation-number.ts';

/** A request that asks about one path and nothing else. */
export function requestOfPath(operation: OperationName, path: StorePath): Request {
  return { operation, request: (out) => out.text(path) };
}
