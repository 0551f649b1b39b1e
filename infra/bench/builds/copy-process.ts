import { readFileSync, writeFileSync } from 'node:fs';
import { copyClosure } from '@dispatch/builders/copy-closure';
import { DaemonStore } from '@dispatch/builders/daemon-store';
import { parseMachines } from '@dispatch/builders/machines-file';
import { parseStorePath } from '@dispatch/nix/store-path';

/**
 * Copies from the first machine to the second, as a process of its own, so that its memory can be
 * seen. Words: a machines file, a file of paths, and where to write the seconds that the copy took
 * once both had answered.
 */
async function main(machinesFile: string, pathsFile: string, secondsFile: string): Promise<void> {
  const machines = parseMachines(readFileSync(machinesFile, 'utf8'), {
    source: 'bench',
    defaultSystem: 'x86_64-linux',
    readFile: () => undefined,
  });
  const [from, target] = machines.map((machine) => new DaemonStore(machine));
  if (from === undefined || target === undefined) throw new Error('two machines are needed');
  const paths = readFileSync(pathsFile, 'utf8').trim().split('\n');
  await Promise.all([from.facts(), target.facts()]);
  const to = target.holdRoots();
  const start = performance.now();
  await copyClosure({ from, to, paths: paths.map((path) => parseStorePath(path)) });
  writeFileSync(secondsFile, String((performance.now() - start) / 1000));
  to.close();
  from.close();
  target.close();
}

const [, , machinesFile = '', pathsFile = '', secondsFile = ''] = process.argv;
void main(machinesFile, pathsFile, secondsFile);
