import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readDerivationText } from '@dispatch/nix/aterm/derivation-text';
import { parseDerivation } from '@dispatch/nix/aterm/parse';
import { type Bytes, bytesOf, joinBytes } from '@dispatch/nix/byte-string';
import { maskedHash } from '@dispatch/nix/hash-modulo';
import { makeTextPath } from '@dispatch/nix/make-store-path';
import { fixedOutputPath, inputAddressedPath } from '@dispatch/nix/output-path';
import { defaultStoreDir, type StorePath } from '@dispatch/nix/store-path';

/** `upper` needs `lower`; `impure` and `fixed` stand alone. */
export interface GraphNodes {
  readonly upper: StorePath;
  readonly lower: StorePath;
  readonly lowerText: string;
  readonly fixed: StorePath;
  readonly impure: StorePath;
}

const sha256 = (...pieces: readonly Bytes[]): string =>
  createHash('sha256').update(joinBytes(pieces)).digest('hex');

/** Writes a few small derivations with right paths into a folder. */
export function graphOf(folder: string): GraphNodes {
  const add = (name: string, text: string, references: readonly StorePath[] = []): StorePath => {
    parseDerivation(bytesOf(text));
    const path = makeTextPath(sha256, defaultStoreDir, `${name}.drv`, sha256(text), references);
    writeFileSync(join(folder, basename(path)), text, 'latin1');
    return path;
  };
  const lowerText = lowerDerivation();
  const lower = add('lower', lowerText);
  // Needs nothing but the .drv file itself, so that its own path needs no hash modulo.
  const upper = add(
    'upper',
    ownPath('upper', (out) => derivation(out, 'second', lower)),
    [lower],
  );
  return { upper, lower, lowerText, fixed: add('fixed', fixed()), impure: add('impure', impure()) };
}

function lowerDerivation(): string {
  return ownPath('lower', (out) => derivation(out, 'first'));
}

function derivation(out: string, mark: string, source?: StorePath): string {
  const sources = source === undefined ? '[]' : `["${source}"]`;
  const env = `[("mark","${mark}"),("name","x"),("out","${out}")]`;
  return `Derive([("out","${out}","","")],[],${sources},"x86_64-linux","/bin/sh",[],${env})`;
}

function ownPath(name: string, print: (out: string) => string): string {
  const text = readDerivationText(bytesOf(print('')));
  const masked = maskedHash(sha256, text, `,[],${JSON.stringify(text.inputSrcs)},`);
  return print(inputAddressedPath(sha256, defaultStoreDir, name, 'out', masked));
}

function fixed(): string {
  const output = { hashAlgo: 'sha256', hash: 'ab'.repeat(32) };
  const out = fixedOutputPath(sha256, defaultStoreDir, 'fixed', output);
  const tuple = `("out","${out}","${output.hashAlgo}","${output.hash}")`;
  return `Derive([${tuple}],[],[],"x86_64-linux","/bin/sh",[],[("out","${out}")])`;
}

function impure(): string {
  return 'Derive([("out","","r:sha256","impure")],[],[],"x86_64-linux","/bin/sh",[],[("out","/x")])';
}
