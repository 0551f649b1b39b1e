import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What a run of `dispatch rewrite` left behind. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What it prints, as far as tests look at it. */
export interface Printed {
  readonly roots: Record<string, string>;
  readonly derivations: Record<
    string,
    {
      drvPath: string;
      outputs: Record<string, { original: string | null; rewritten: string | null }>;
      reason: { poisoned?: number; downstreamOf?: string[] };
      original?: string;
    }
  >;
  readonly counts: Record<string, number>;
}

/** The built command. */
export const program: string = new URL('../bin/dispatch', import.meta.url).pathname;

/** Runs the built command, as a user would. */
export function dispatch(words: readonly string[], input = ''): Ran {
  const options = { input, encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], options);
  return { status, stdout, stderr };
}

/** `dispatch rewrite` with the serials in a file of its own. */
export function rewrite(
  drvs: string,
  serials: Record<string, unknown> | string,
  words: readonly string[] = [],
  input = '',
): Ran {
  const file = join(temporaryFolder(), 'serials.json');
  writeFileSync(file, typeof serials === 'string' ? serials : JSON.stringify(serials));
  return dispatch(['rewrite', '--drvs', drvs, '--serials', file, '--json', ...words], input);
}

/** The object that it printed, after which nothing may come. */
export function printed(ran: Ran): Printed {
  if (ran.status !== 0) throw new Error(`exit ${ran.status}: ${ran.stderr}`);
  return JSON.parse(ran.stdout) as Printed;
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dispatch-rewrite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of all .drv files of a store's root, to be damaged; they lie in it directly. */
export function copyOfDrvs(root: string): string {
  const folder = temporaryFolder();
  addDrvs(root, folder);
  return folder;
}

/** Copies the .drv files of a store's root into a folder. */
export function addDrvs(root: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(join(root, 'nix/store'))) {
    copyFileSync(join(root, 'nix/store', name), join(folder, name));
  }
}
