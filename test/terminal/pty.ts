import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Emulator } from './emulator.ts';

interface PtyOptions {
  /** The environment of the command; variables about our own terminal are removed. */
  readonly env: NodeJS.ProcessEnv;
  /** Variables that differ from those of a usual terminal. */
  readonly terminalEnv?: NodeJS.ProcessEnv;
  readonly folder?: string;
  readonly columns?: number;
  readonly rows?: number;
}

const usualTerminal: NodeJS.ProcessEnv = {
  TERM: 'xterm-256color',
  LC_ALL: 'C.UTF-8',
  SHELL: '/bin/bash',
  NO_COLOR: '',
  XTERM_VERSION: undefined,
  TMUX: undefined,
  STY: undefined,
};

/** A shell command at a real pseudo-terminal, and what a person sees of it. */
export class Pty {
  readonly emulator: Emulator;
  /** The command's exit code. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  readonly #state: string = mkdtempSync(join(tmpdir(), 'dispatch-pty-'));

  constructor(command: string, { columns = 80, rows = 24, ...options }: PtyOptions) {
    this.emulator = new Emulator(columns, rows);
    const prepare = `tty > '${this.#state}/tty'; stty cols ${columns} rows ${rows}`;
    this.#child = spawn('script', ['-qefc', `${prepare}; ${command}`, '/dev/null'], {
      env: { ...options.env, ...usualTerminal, ...options.terminalEnv },
      cwd: options.folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.emulator.write(text));
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        rmSync(this.#state, { recursive: true, force: true });
        resolve(code ?? 128);
      });
    });
  }

  /** Ends whatever runs there, willing or not. */
  close(): Promise<number> {
    // Processes whose terminal goes away get SIGHUP.
    this.#child.kill('SIGKILL');
    return this.ended;
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Changes its size, of which the program in it is told. */
  resize(columns: number, rows: number): void {
    const terminal = readFileSync(join(this.#state, 'tty'), 'utf8').trim();
    this.emulator.resize(columns, rows);
    execFileSync('stty', ['-F', terminal, 'cols', String(columns), 'rows', String(rows)]);
  }

  /** Waits until this is visible, and gives everything that is visible then. */
  async shows(what: RegExp): Promise<string> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const seen = (await this.emulator.lines()).join('\n');
      if (what.test(seen)) return seen;
      if (Date.now() > deadline || this.#child.exitCode !== null) {
        throw new Error(`it never showed ${what}:\n${seen}`);
      }
      await sleep(20);
    }
  }
}
