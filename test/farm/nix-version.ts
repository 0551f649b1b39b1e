import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runVariable } from './farm-folder.ts';

/** Remembers, within a test run, that a real daemon of this version was used. */
export function noteNixVersion(version: string): void {
  const file = versionsFile();
  if (file !== undefined) appendFileSync(file, `${version}\n`);
}

/** The versions of Nix whose daemons this test run used, oldest first. */
export function exercisedNixVersions(): string[] {
  const file = versionsFile();
  if (file === undefined || !existsSync(file)) return [];
  const noted = readFileSync(file, 'utf8').split('\n');
  const versions = [...new Set(noted)].filter((line) => line !== '');
  return versions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

function versionsFile(): string | undefined {
  const run = process.env[runVariable];
  return run === undefined ? undefined : join(run, 'nix-versions');
}
