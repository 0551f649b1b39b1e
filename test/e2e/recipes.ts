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

/**
 * Writes a file with a function of `number` and `text`, which adds 100 to a number that it finds by the search
 * path.
 */
export function writeFunction(farm: Farm): {
  readonly file: string;
  readonly search: readonly string[];
} {
  const file = join(farm.folder, 'function.nix');
  writeFileSync(
    file,
    `{ number, text ? "none" }: derivation {
      name = "\${text}-\${toString (number + import <extra>)}";
      system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo > $out" ]; }`,
  );
  writeFileSync(join(farm.folder, 'extra.nix'), '100');
  return { file, search: ['-I', `extra=${farm.folder}/extra.nix`] };
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
