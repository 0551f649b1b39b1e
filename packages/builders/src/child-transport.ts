import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Complaint, untilLastWords } from './complaint.ts';
import type { Transport } from './transport.ts';

export interface ChildCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Called once, when the child has ended, whatever the cause. */
  readonly onEnd?: () => void;
}

const mercyMs = 2000;

/**
 * A child process that speaks the protocol on its standard input and output. Destroying the
 * transport always ends the child: SIGTERM at once, SIGKILL two seconds later.
 *
 * It runs in a process group of its own: a Ctrl-C at the terminal must reach only us, not break the
 * link of a build that is being stopped in order.
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
  // We learn of the child's end from its standard output; a failed write tells nothing more.
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

/**
 * Resolves when the child has ended and all its output was read, or when it could not be started.
 */
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
