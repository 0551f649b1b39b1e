import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Version } from '@dispatch/coordinator/messages/version';
import { ownFile } from './own-file.ts';

/** What `dispatch --version` prints. */
export function release(): string {
  const manifest: unknown = JSON.parse(readFileSync(ownFile('package.json'), 'utf8'));
  return (manifest as { version: string }).version;
}

/** The version and build time of the dispatch that this process runs. */
export function ownVersion(): Version {
  return { release: release(), builtAt: builtAt() };
}

/** The file that starts this command. */
export function ownProgram(): string {
  return fileURLToPath(ownFile('bin/dispatch'));
}

/** When the program was built, in Unix milliseconds: its bundle, or else the package that was built last. */
function builtAt(): number {
  if (import.meta.url.includes('/cli/bundle/')) return changedAt(new URL(import.meta.url));
  const packages = ownFile('../../packages/');
  const services = ownFile('../');
  const folders = [packages, services].flatMap((above) =>
    readdirSync(above).map((name) => new URL(`${name}/dist/.tsbuildinfo`, above)),
  );
  return Math.max(...folders.map(changedAt));
}

function changedAt(file: URL): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
