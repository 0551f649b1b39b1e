import { readFileSync } from 'node:fs';
import { copyClosure } from '@dispatch/builders/copy-closure';
import { DaemonStore } from '@dispatch/builders/daemon-store';
import { parseMachines } from '@dispatch/builders/machines-file';
import { parseStorePath } from '@dispatch/nix/store-path';

/**
 * Copies from the first machine to the second, as a process of its own, so that its memory can be seen.
 * Arguments: a machines file, and a file of paths.
 */
async function main(machinesFile: string, pathsFile: string): Promise<void> {
  const machines = parseMachines(readFileSync(machinesFile, 'utf8'), {
    source: 'bench',
    defaultSystem: 'x86_64-linux',
    readFile: () => undefined,
  });
  const [from, target] = machines.map((machine) => new DaemonStore(machine));
  if (from === undefined || target === undefined) throw new Error('two machines are needed');
  const lines = readFileSync(pathsFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const paths = lines.map((line) => parseStorePath(line));
  const to = target.holdRoots();
  await Promise.all([from.facts(), target.facts(), to.add(paths.slice(0, 1))]);
  await copyClosure({ from, to, paths });
  to.close();
  from.close();
  target.close();
}

const [, , machinesFile = '', pathsFile = ''] = process.argv;
void main(machinesFile, pathsFile);
