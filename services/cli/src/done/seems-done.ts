import { existsSync, readFileSync } from 'node:fs';
import { physicalRoot, remoteStore } from '../world/physical-root.ts';

/** A `.drv` path among the words of a command, and which of its outputs are wanted. */
const derivation = /^(.*\.drv)([!^].*)?$/;

/** How a `.drv` file begins: its outputs, each with a name and a path. */
const outputList = /^Derive\(\[((?:\("[^"]*","[^"]*","[^"]*","[^"]*"\),?)+)\]/;
const outputPath = /\("[^"]*","([^"]*)"/g;

/** How many derivations are looked at. A wrong guess about the others only costs a little time. */
const mostFiles = 10;

/**
 * Whether all outputs of the derivations that `dispatch build` is to build lie in the store: a guess, within a
 * millisecond, at whether there is anything to build. It does not consider poison.
 */
export function seemsDone(
  [command, ...words]: readonly string[],
  environment: NodeJS.ProcessEnv,
): boolean {
  if (command !== 'build') return false;
  const root = physicalRoot(remoteStore(environment['NIX_REMOTE'] ?? ''));
  const files = words.flatMap((word) => derivation.exec(word)?.[1] ?? []).slice(0, mostFiles);
  try {
    return files.length > 0 && files.every((file) => hasOutputs(root, file));
  } catch {
    return false;
  }
}

function hasOutputs(root: string, file: string): boolean {
  const [, outputs = ''] = outputList.exec(readFileSync(root + file, 'latin1')) ?? [];
  const paths = [...outputs.matchAll(outputPath)].map(([, path = '']) => path);
  return paths.length > 0 && paths.every((path) => path !== '' && existsSync(root + path));
}
