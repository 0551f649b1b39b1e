import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Complaint, untilLastWords } from './complaint.ts';
import type { Transport } from './transport.ts';

export interface ChildCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Called once, when the child has ended, however that came about. */
  readonly onEnd?: () => void;
}

const mercyMs = 2000;

/**
 * A child process that speaks the protocol on its standard input and output. Destroying the
 * transport always ends the child: asked first, killed two seconds later.
 *
 * It runs in a process group of its own: a Ctrl-C at the terminal is for us to act upon, and must
 * not tear the link from under a build that is being stopped in order.
 */
export function openChild(command: ChildCommand): Transport {
  const child = spawn(command.program, command.arguments, {
    env: command.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const complaint = complaintOf(child);
  const ended = endOf(child);
  void ended.then(command.onEnd);
  // The end of a child is seen on its standard output; a write to it that fails says no more.
  child.stdin.on('error', () => {});
  child.stdout.on('error', () => {});
  return {
    input: child.stdout,
    output: child.stdin,
    destroy: (error) => endChild(child, error),
    complaint: async () => {
      await untilLastWords(ended);
      return complaint.toString();
    },
  };
}

/** Keeps the last of what the child writes to its standard error. */
function complaintOf(child: ChildProcessWithoutNullStreams): Complaint {
  const complaint = new Complaint();
  complaint.listenTo(child.stderr);
  child.once('error', (error) => complaint.add(`\n${error.message}`));
  return complaint;
}

/** Settles when the child has ended and all that it wrote was read, or when it never started. */
function endOf(child: ChildProcessWithoutNullStreams): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
}

function endChild(child: ChildProcessWithoutNullStreams, error: Error | undefined): void {
  child.stdin.destroy();
  child.stdout.destroy(error);
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), mercyMs);
  kill.unref();
  child.once('exit', () => clearTimeout(kill));
  child.unref();
}
