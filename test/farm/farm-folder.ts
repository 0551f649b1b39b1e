import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of all farms. It is not below the system's temp folder, since newer Nix refuses a store under a
 * world-writable folder. Who is not root cannot have a farm, but can run the tests that need none.
 */
const farmsFolder: string =
  process.getuid?.() === 0 ? '/var/lib/dispatch-farm' : join(tmpdir(), 'dispatch-farm');

/**
 * The variable that holds the folder of a test run. The folder is in the environment of every process that the
 * tests start, and in the paths of every farm: so leftovers can be found by it.
 */
export const runVariable = 'DISPATCH_TEST_RUN';

/** Makes a new folder for one farm: within the test run's when there is one. */
export function makeFarmFolder(): string {
  return makeFolder(process.env[runVariable] ?? farmsFolder);
}

/** Makes a new folder for a test run. */
export function makeRunFolder(): string {
  return makeFolder(farmsFolder);
}

/** Makes a folder named for this process, so that a later run can tell when it is abandoned. */
function makeFolder(parent: string): string {
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  const folder = mkdtempSync(join(parent, `${process.pid}-`));
  chmodSync(folder, 0o755);
  return folder;
}

/**
 * Removes a farm's folder, although the files of a store are read-only, after unmounting what is still mounted
 * there.
 */
export function removeFarmFolder(folder: string): void {
  if (!folder.startsWith(`${farmsFolder}/`)) throw new Error(`${folder} is no farm's folder`);
  if (!existsSync(folder)) return;
  for (const mounted of mountsBelow(folder)) execFileSync('umount', [mounted]);
  makeWritable(folder);
  // A killed process may still be writing its last file.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** Folders of runs and farms whose process is gone: what a killed test run left on disk. */
export function abandonedFarmFolders(): string[] {
  if (!existsSync(farmsFolder)) return [];
  return readdirSync(farmsFolder)
    .filter((name) => /^[0-9]+-/.test(name) && !existsSync(`/proc/${name.split('-')[0]}`))
    .map((name) => join(farmsFolder, name));
}

/** The mounts below a folder, the last one first. */
function mountsBelow(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((place) => place.startsWith(`${folder}/`))
    .toReversed();
}

function makeWritable(folder: string): void {
  if ((statSync(folder).mode & 0o700) !== 0o700) chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(folder, entry.name));
  }
}
