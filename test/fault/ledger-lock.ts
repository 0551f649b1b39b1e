import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { scriptArguments } from '../farm/child-scripts.ts';
import type { Farm } from '../farm/farm.ts';

/** The folder of the ledger of a farm's user. */
export function ledgerFolder(farm: Farm): string {
  return join(farm.hub.env['XDG_STATE_HOME'] ?? '', 'dispatch', 'ledger');
}

/**
 * Keeps everybody else from writing into the ledger of a farm's user: writers wait, as behind a very slow disk.
 */
export class LedgerLock {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  /** Takes the lock; it is held when this resolves. */
  static async take(farm: Farm): Promise<LedgerLock> {
    const script = new URL('children/hold-ledger.ts', import.meta.url);
    const holder = spawn(process.execPath, scriptArguments(script, [ledgerFolder(farm)]), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    return new LedgerLock(holder);
  }

  async release(): Promise<void> {
    const ended = once(this.#holder, 'exit');
    this.#holder.kill('SIGKILL');
    await ended;
  }
}
