import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runVariable } from './farm-folder.ts';

/** The version of the daemons that a farm starts. */
function nixVersion(): string {
  const text = execFileSync('nix-daemon', ['--version'], { encoding: 'utf8' });
  return text.trim().split(' ').at(-1) ?? text;
}

/** Within a test run: remembers that real daemons of this version were used. */
export function noteNixVersion(): void {
  const file = versionsFile();
  if (file !== undefined) appendFileSync(file, `${nixVersion()}\n`);
}

/** The versions of Nix whose daemons this test run used. */
export function exercisedNixVersions(): string[] {
  const file = versionsFile();
  if (file === undefined || !existsSync(file)) return [];
  const noted = readFileSync(file, 'utf8').split('\n');
  return [...new Set(noted)].filter((line) => line !== '').toSorted();
}

function versionsFile(): string | undefined {
  const run = process.env[runVariable];
  return run === undefined ? undefined : join(run, 'nix-versions');
}
