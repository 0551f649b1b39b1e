import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('ssh2 is loaded for machines behind SSH, and for no others', () => {
  expect(filesLoadedFor('unix:///nowhere/socket')).toBe(0);
  expect(filesLoadedFor('ssh-ng://127.0.0.1:1')).toBeGreaterThan(10);
});

function filesLoadedFor(uri: string): number {
  const script = join(import.meta.dirname, '..', 'children', 'libraries-loaded.ts');
  const words = ['--conditions=dispatch-source', '--import', 'tsx', script, uri];
  return Number(execFileSync(process.execPath, words, { encoding: 'utf8' }));
}
