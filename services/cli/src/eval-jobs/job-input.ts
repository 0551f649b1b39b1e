import { closeSync, createReadStream, fstatSync, open, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { messageOf } from '@dispatch/nix/message-of';
import { CommandError } from '../errors.ts';

/** Where the lines of nix-eval-jobs come from. */
export interface JobInput {
  readonly name: string;
  readonly stream: Readable;
  /** Stops reading. Whoever writes into the pipe notices that it is closed. */
  letGo(): void;
}

/** Opens a file or a pipe, or for `-` standard input. Throws `bad-argument`. */
export async function openJobInput(file: string): Promise<JobInput> {
  if (file === '-') return standardInput();
  const stream = await opened(file);
  return { name: file, stream, letGo: () => void stream.destroy() };
}

function standardInput(): JobInput {
  const { stdin } = process;
  if (stdin.isTTY) {
    throw new CommandError(
      'bad-argument',
      '--eval-jobs reads what nix-eval-jobs writes from standard input, which is this terminal: ' +
        "use 'nix-eval-jobs … | dispatch build --eval-jobs', or name a file",
    );
  }
  return { name: 'standard input', stream: stdin, letGo: letGoOfStandardInput };
}

let isLetGo = false;

/** Closes descriptor 0, which Node never does, and opens /dev/null as 0, so that no other file gets that number. */
function letGoOfStandardInput(): void {
  if (isLetGo) return;
  isLetGo = true;
  process.stdin.once('close', () => {
    closeSync(0);
    openSync('/dev/null', 'r');
  });
  process.stdin.destroy();
}

/** A pipe, also one of the shell's, is read as a socket, whose reads can be given up; those of a file never wait. */
async function opened(file: string): Promise<Readable> {
  try {
    const fd = await openFile(file, 'r');
    const found = fstatSync(fd);
    if (found.isDirectory()) {
      closeSync(fd);
      throw new Error('it is a folder');
    }
    return found.isFIFO() ? new Socket({ fd, writable: false }) : createReadStream('', { fd });
  } catch (cause) {
    const text = `cannot read the jobs in ${file}: ${messageOf(cause)}`;
    throw new CommandError('bad-argument', text, cause);
  }
}

/** Opening a named pipe waits for its writer; this does not block the process meanwhile. */
const openFile: (file: string, flags: string) => Promise<number> = promisify(open);
