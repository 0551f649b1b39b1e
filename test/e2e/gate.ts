import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NixSettings } from '../farm/nix-conf.ts';

/** A folder that builds can see, where they wait for files that the test makes: so no build ends too early. */
export class Gate implements Disposable {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'dispatch-gate-'));

  constructor() {
    chmodSync(this.#folder, 0o755);
  }

  /** For the nix.conf of a builder. */
  get settings(): NixSettings {
    return { 'extra-sandbox-paths': `/gate=${this.#folder}` };
  }

  /** The shell command by which a derivation waits for this file. */
  wait(name: string): string {
    return `while [ ! -e /gate/${name} ]; do sleep 0.05; done`;
  }

  open(name: string): void {
    writeFileSync(join(this.#folder, name), '');
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
