import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Farm } from '../farm/farm.ts';

let written = 0;

/**
 * Writes a file whose attributes are shell derivations, and returns its path. `text` is the inside of
 * a `rec { … }` in which `shell NAME SCRIPT ATTRIBUTES` makes one; its log begins with its name.
 */
export function writeRecipes(farm: Farm, text: string): string {
  written += 1;
  const file = join(farm.folder, `recipes-${written}.nix`);
  writeFileSync(file, `${prelude}\nin rec {\n${text}\n}\n`);
  return file;
}

const prelude = `let
  shell = name: script: attributes: derivation ({
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-euc" "export PATH=/usr/bin; echo \\"\${name}: at work\\"; \${script}" ];
  } // attributes);
`;

/** Evaluates with stock Nix and gives the path of the one derivation. */
export async function instantiate(farm: Farm, file: string, attribute: string): Promise<string> {
  const { stdout, stderr } = await farm.hub.run('nix-instantiate', [file, '-A', attribute]);
  const [line] = stdout.split('\n');
  if (!line) throw new Error(stderr);
  return line;
}
