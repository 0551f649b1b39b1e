import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A real file system in memory, which is soon full. Needs root; whoever makes one disposes of it. */
export class SmallDisk implements Disposable {
  readonly folder: string;

  /** Mounts it over the folder, which is made if need be; `size` is in mount's notation, such as `4m`. */
  constructor(folder: string, size: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'dispatch-test', folder]);
  }

  /** Fills it but for `free` bytes. If others write meanwhile, it is full all the sooner. */
  fill(free = 0): void {
    const { bavail, bsize } = statfsSync(this.folder);
    try {
      writeFileSync(this.#ballast, Buffer.alloc(Math.max(0, bavail * bsize - free)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  /** Gives back what `fill` took. */
  makeRoom(): void {
    rmSync(this.#ballast, { force: true });
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }

  /** Unmounts it. Nobody may have a file open there any more. */
  [Symbol.dispose](): void {
    execFileSync('umount', [this.folder]);
  }
}
