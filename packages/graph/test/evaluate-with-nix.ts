import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ByteString } from '@dispatch/nix/byte-string';
import { baseName, type StorePath } from '@dispatch/nix/store-path';
import type { ScratchNix } from '../../nix/test/scratch-nix.ts';
import type { DrvFile } from './loaded-graph.ts';
import { nixExpression } from './model/nix-expression.ts';
import type { Recipes } from './model/recipe.ts';

/** What the real Nix makes of the recipes, in their order: of many graphs at once, for speed. */
export function evaluateWithNix(nix: ScratchNix, graphs: readonly Recipes[]): DrvFile[][] {
  return evaluateExpressions(nix, graphs.map(nixExpression));
}

/** The same for expressions, each of which is a list of drv paths. */
export function evaluateExpressions(
  nix: ScratchNix,
  expressions: readonly ByteString[],
): DrvFile[][] {
  const file = nix.file('graphs.nix', Buffer.from(`[ ${expressions.join('\n')} ]`, 'latin1'));
  const printed = nix.run('nix-instantiate', [...options.flat(), file]).toString();
  const paths = JSON.parse(printed) as StorePath[][];
  return paths.map((graph) => graph.map((path) => readDrv(nix, path)));
}

const options: readonly (readonly string[])[] = [
  ['--eval', '--strict', '--json', '--read-write-mode'],
  ['--option', 'experimental-features', 'ca-derivations impure-derivations'],
  ['--option', 'fsync-metadata', 'false'],
];

function readDrv(nix: ScratchNix, path: StorePath): DrvFile {
  const file = join(nix.folder, 'root', 'nix', 'store', baseName(path));
  return { path, text: readFileSync(file, 'latin1') };
}
