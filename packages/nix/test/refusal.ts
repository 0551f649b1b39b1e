import type { NixFormatError } from '@dispatch/nix/errors';

/** What `action` throws; undefined when it does not. */
export function refusalOf(action: () => unknown): NixFormatError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return error as NixFormatError;
  }
}
