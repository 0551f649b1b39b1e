import type { OutputName } from './derivation.ts';
import { NixFormatError } from './errors.ts';
import { isDerivationPath, parseStorePath, type StoreDir, type StorePath } from './store-path.ts';

/** What a store can be asked to make valid: a path as it is, or outputs of a derivation. */
export type DerivedPath =
  | { readonly kind: 'opaque'; readonly path: StorePath }
  | {
      readonly kind: 'built';
      readonly drvPath: StorePath;
      readonly outputs: '*' | readonly OutputName[];
    };

/** The form on the wire and in messages: `<path>`, `<drv>!out,dev` or `<drv>!*`. */
export function printDerivedPath(derived: DerivedPath): string {
  if (derived.kind === 'opaque') return derived.path;
  const outputs = derived.outputs === '*' ? '*' : derived.outputs.join(',');
  return `${derived.drvPath}!${outputs}`;
}

/** Reads that form, also with `^` for `!`, as newer command lines write it. */
export function parseDerivedPath(text: string, storeDir?: StoreDir): DerivedPath {
  const mark = text.search(/[!^]/);
  if (mark === -1) return { kind: 'opaque', path: parseStorePath(text, storeDir) };
  const drvPath = parseStorePath(text.slice(0, mark), storeDir);
  const outputs = text.slice(mark + 1);
  if (!isDerivationPath(drvPath) || !/^(\*|[^,!^]+(,[^,!^]+)*)$/.test(outputs)) {
    throw new NixFormatError('bad-derived-path', `'${text}' is not outputs of a derivation`);
  }
  return { kind: 'built', drvPath, outputs: outputs === '*' ? '*' : outputs.split(',') };
}
