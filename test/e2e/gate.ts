import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NixSettings } from '../farm/nix-conf.ts';

/** A folder that builds see, in which a test makes files that they wait for: so no build ends too early. */
export class Gate implements Disposable {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'dispatch-gate-'));

  constructor() {
    chmodSync(this.#folder, 0o755);
  }

  /** For the nix.conf of a builder. */
  get settings(): NixSettings {
    return { 'extra-sandbox-paths': `/gate=${this.#folder}` };
  }

  /** What a shell derivation does to wait. */
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
