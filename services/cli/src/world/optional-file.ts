import { readFileSync } from 'node:fs';
import { messageOf } from '@dispatch/nix/message-of';
import { CommandError } from '../errors.ts';

/** A file that is read if it is there. */
export interface OptionalFile {
  readonly path: string;
  /** What kind of file it is, for error messages. */
  readonly what: string;
  /** Whether it is an error that it is missing, since somebody named it. */
  readonly mustExist: boolean;
}

/** The text of a file; undefined where it is missing and need not exist. Throws `bad-file`. */
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
