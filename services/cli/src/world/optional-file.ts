import { readFileSync } from 'node:fs';
import { messageOf } from '@dispatch/nix/message-of';
import { CommandError } from '../errors.ts';

/** A file that is read if it is there. */
export interface OptionalFile {
  readonly path: string;
  /** What it is, for who has to mend it. */
  readonly what: string;
  /** Whether somebody named it: then it is no good without. */
  readonly mustExist: boolean;
}

/** Its text; undefined where there is none and need not be. Throws `bad-file`. */
export function readOptionalFile({ path, what, mustExist }: OptionalFile): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing && !mustExist) return undefined;
    const why = messageOf(cause);
    throw new CommandError('bad-file', `cannot read the ${what} ${path}: ${why}`, cause);
  }
}
