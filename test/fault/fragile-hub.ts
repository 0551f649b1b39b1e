import type { NixDaemon } from '../farm/nix-daemon.ts';
import { killProcesses, withDescendants } from '../farm/processes.ts';

/** The store that results go to, whose daemon may fail like any other. */
export class FragileHub {
  readonly name = 'the hub';
  readonly daemon: NixDaemon;

  constructor(daemon: NixDaemon) {
    this.daemon = daemon;
  }

  /** The daemon and what it does for each of its clients. */
  get pids(): number[] {
    const { pid } = this.daemon;
    return pid === undefined ? [] : withDescendants([pid]);
  }

  /** Kills the daemon without a warning; what is in the store stays. */
  async crash(): Promise<void> {
    killProcesses(this.pids);
    await this.daemon.stop();
  }

  async start(): Promise<void> {
    await this.daemon.start();
  }

  /** Hangs up on all clients, without a word; new ones are let in. */
  hangUp(): void {
    killProcesses(this.pids.filter((pid) => pid !== this.daemon.pid));
  }
}
