import { makeStorePath, makeTextPath } from '@dispatch/nix/make-store-path';
import { defaultStoreDir, type StorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nixVersions } from '../../../test/farm/installed-nix.ts';
import { openScratchNix, type ScratchNix } from '../../nix/test/scratch-nix.ts';
import { exportArchive } from './export-archive.ts';
import { type DrvFile, load, rewrite, textsOf } from './loaded-graph.ts';
import { type Instance, instantiate } from './model/instantiate.ts';
import { plainRecipe } from './model/plain-recipe.ts';
import { sha256 } from './node-sha256.ts';

/** Derivations that no expression evaluates to, but that Nix takes into its store, or refuses. */
const declared = { algorithm: 'sha1', hex: '1'.repeat(40) };
const [lower, fixed] = instantiate([
  plainRecipe('lower'),
  plainRecipe('fixed', { kind: 'fixed', declared }),
]) as [Instance, Instance];

function print(out: string, inputs: string): string {
  return `Derive([("out","${out}","","")],[${inputs}],[],"x","/bin/sh",[],[("out","${out}")])`;
}

/** A derivation `upper` whose input stands in the file in one way, and is hashed in another. */
function upper(input: string, hashed: string, references: readonly StorePath[]): DrvFile {
  const masked = sha256(print('', hashed));
  const text = print(makeStorePath(sha256, defaultStoreDir, 'output:out', masked, 'upper'), input);
  return {
    path: makeTextPath(sha256, defaultStoreDir, 'upper.drv', sha256(text), references),
    text,
  };
}

function fixedUpper(input: string, references: readonly StorePath[]): DrvFile {
  const text = fixed.text.replace('],[],[]', `],[${input}],[]`);
  return {
    path: makeTextPath(sha256, defaultStoreDir, 'fixed.drv', sha256(text), references),
    text,
  };
}

const { path } = lower;
const cases: readonly (readonly [what: string, isTaken: boolean, files: readonly DrvFile[]])[] = [
  [
    'that wants an output',
    true,
    [lower, upper(`("${path}",["out"])`, `("${lower.modulo}",["out"])`, [path])],
  ],
  [
    'that wants none, and is hashed without the input',
    true,
    [lower, upper(`("${path}",[])`, '', [path])],
  ],
  [
    'that wants none, and is hashed with the input',
    false,
    [lower, upper(`("${path}",[])`, `("${lower.modulo}",[])`, [path])],
  ],
  [
    'that wants none of a fixed output, and is hashed without it',
    true,
    [fixed, upper(`("${fixed.path}",[])`, '', [fixed.path])],
  ],
  [
    'that wants an output which its input has not',
    false,
    [lower, upper(`("${path}",["nope"])`, `("${lower.modulo}",["nope"])`, [path])],
  ],
  [
    'that wants an output which a fixed input has not',
    false,
    [fixed, upper(`("${fixed.path}",["nope"])`, `("${fixed.modulo}",["nope"])`, [fixed.path])],
  ],
  [
    'that wants such an output, and is fixed itself',
    true,
    [lower, fixedUpper(`("${path}",["nope"])`, [path])],
  ],
];

describe.each(nixVersions())('Nix %s agrees on a derivation', (version) => {
  let nix: ScratchNix;
  beforeAll(() => {
    nix = openScratchNix(version);
  });
  afterAll(() => nix.remove());

  function nixTakes(files: readonly DrvFile[]): boolean {
    return isTakenBy(() => nix.run('nix-store', ['--import'], exportArchive(files)));
  }

  test.each(cases)('%s', (_, isTaken, files) => {
    expect(nixTakes(files)).toBe(isTaken);
    expect(isTakenBy(() => load(files))).toBe(isTaken);
  });

  test.each(cases.filter(([, isTaken, files]) => isTaken && files[0] === lower))(
    '%s, when its input is poisoned',
    (_, __, files) => {
      const { graph } = rewrite(load(files), new Map([[path, 3]]));
      const rewritten = Array.from(textsOf(graph), ([to, text]): DrvFile => ({ path: to, text }));
      expect(rewritten.map((one) => one.path)).not.toContain(files[1]!.path);
      expect(nixTakes(rewritten)).toBe(true);
    },
  );
});

function isTakenBy(take: () => unknown): boolean {
  try {
    take();
    return true;
  } catch {
    return false;
  }
}
