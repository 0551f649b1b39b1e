import type { DerivationFolder } from '@dispatch/engine/read/derivation-folder';
import { messageOf } from '@dispatch/nix/message-of';
import type { StorePath } from '@dispatch/nix/store-path';
import { CommandError } from '../errors.ts';
import { readLimitedFile, standardInput } from './limited-file.ts';

/**
 * The roots by the names that the user gave them: those on the command line, and one a line in `file`
 * (`-` is standard input). Outputs after a name are ignored. Undefined when there are none of either.
 */
export function namedRoots(
  folder: DerivationFolder,
  words: readonly string[],
  file: string | undefined,
): Map<string, StorePath> | undefined {
  if (words.length === 0 && file === undefined) return undefined;
  const names = [...words, ...(file === undefined ? [] : readLines(file))];
  return new Map(names.map((name) => [name, folder.find(withoutOutputs(name))]));
}

/** `nix-instantiate` names the output where it is not the first: `….drv!dev`; newer tools `….drv^dev`. */
function withoutOutputs(name: string): string {
  return name.replace(/(?<=\.drv)[!^][^!^/]+$/, '');
}

function readLines(file: string): string[] {
  try {
    const text = readLimitedFile(file === '-' ? standardInput : file);
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (cause) {
    const why = messageOf(cause);
    throw new CommandError('bad-file', `cannot read roots from ${file}: ${why}`, cause);
  }
}
