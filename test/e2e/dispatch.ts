import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Farm } from '../farm/farm.ts';
import type { ClientResult } from '../farm/hub.ts';
import { endProcesses, processesOf } from '../farm/processes.ts';

/** The built command. */
export const program: string = join(
  import.meta.dirname,
  '..',
  '..',
  'node_modules',
  '.bin',
  'dispatch',
);

/** What differs from a plain start of the command. */
interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Standard input can be written with `write`; otherwise it is empty. */
  readonly input?: boolean;
}

/** The environment of somebody with a state folder, and so a coordinator, of their own. */
export interface Person extends NodeJS.ProcessEnv {
  readonly XDG_STATE_HOME: string;
}

/** The built command as a user of the farm's hub runs it, in a folder of the farm. */
export class Dispatch {
  readonly farm: Farm;
  /** Where the command runs and makes its links. */
  readonly folder: string;

  constructor(farm: Farm) {
    this.farm = farm;
    this.folder = join(farm.folder, 'work');
    mkdirSync(this.folder, { recursive: true });
  }

  /** An environment for a person who shares nothing with others. */
  person(name: string): Person {
    const folder = join(this.farm.folder, `state-${name}`);
    mkdirSync(folder, { recursive: true });
    return { XDG_STATE_HOME: folder };
  }

  /** Runs the command to its end, however it ends. */
  async run(args: readonly string[], options: StartOptions = {}): Promise<ClientResult> {
    return this.start(args, options).ended;
  }

  /** The same with machines given, and without links. */
  async build(
    args: readonly string[],
    machines: string = this.farm.machines,
  ): Promise<ClientResult> {
    return this.run(['build', '--no-link', '--builders', machines, ...args]);
  }

  start(args: readonly string[], { env = {}, input = false }: StartOptions = {}): RunningDispatch {
    const child = spawn(program, args, {
      cwd: this.folder,
      env: { ...this.farm.hub.env, ...env },
      stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    return new RunningDispatch(child);
  }
}

/** Ends the coordinators that were started with a folder in their environment, and thereby what they hold. */
export async function endCoordinators(folder: string): Promise<void> {
  await endProcesses(coordinatorsOf(folder));
  // A killed process lets go of its files a little later.
  while (coordinatorsOf(folder).length > 0) await sleep(5);
}

/** Processes of coordinators that were started with a folder in their environment. */
export function coordinatorsOf(folder: string): number[] {
  const found = processesOf(folder).filter(({ command }) => / serve( |$)/.test(command));
  return found.map(({ pid }) => pid);
}

/** The command while it runs. */
export class RunningDispatch {
  readonly ended: Promise<ClientResult>;
  readonly #child: ChildProcess;
  stdout = '';
  stderr = '';
  /** Whether it has closed its standard input. */
  isInputRefused = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    child.stdin?.on('error', () => (this.isInputRefused = true));
    this.ended = new Promise((resolve) => {
      child.once('close', (code) =>
        resolve({ code: code ?? 128, stdout: this.stdout, stderr: this.stderr }),
      );
    });
  }

  /** Writes a line to its standard input. */
  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Writes the end of the input, which need not be a whole line. */
  endInput(last = ''): void {
    this.#child.stdin?.end(last);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until it has printed this. */
  async told(what: string | RegExp, limitMs = 20_000): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (this.stderr.search(what) === -1) {
      if (Date.now() > deadline || this.#child.exitCode !== null) {
        throw new Error(`it never told of ${what}: ${this.stderr}`);
      }
      await sleep(10);
    }
  }
}
