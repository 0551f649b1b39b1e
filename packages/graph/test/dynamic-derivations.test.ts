import type { ByteString } from '@dispatch/nix/byte-string';
import { makeTextPath } from '@dispatch/nix/make-store-path';
import { defaultStoreDir, type StorePath } from '@dispatch/nix/store-path';
import { describe, expect, test } from 'vitest';
import { type DrvFile, load, rewrite, textsOf, unrewrite } from './loaded-graph.ts';
import { type Instance, instantiate } from './model/instantiate.ts';
import { plainRecipe } from './model/plain-recipe.ts';
import { variable } from './model/recipe.ts';
import { sha256 } from './node-sha256.ts';

const [maker, other, above] = instantiate([
  plainRecipe('maker.drv', { kind: 'floating' }),
  plainRecipe('other'),
  plainRecipe('above', { builder: [{ output: 0, of: 1 }] }),
]) as [Instance, Instance, Instance];

/** It needs the output `out` of the derivation that `maker` builds. */
function dynamicDerivation(env: ByteString): DrvFile {
  const inputs = `[("${maker.path}",([],[("out",["out"])]))]`;
  const text = `DrvWithVersion("xp-dyn-drv",[("out","","","")],${inputs},[],"x","/x",[],[${env}])`;
  return {
    path: makeTextPath(sha256, defaultStoreDir, 'dyn.drv', sha256(text), [maker.path]),
    text,
  };
}

const dynamic = dynamicDerivation('("out","")');

describe('a dynamic derivation', () => {
  test('passes through when nothing below it changes', () => {
    const files = [maker, other, above, dynamic];
    const { graph, changes } = rewrite(load(files), new Map([[other.path, 1]]));
    expect([...changes.keys()].toSorted()).toEqual([above.path, other.path].toSorted());
    expect(textsOf(graph).get(dynamic.path)).toBe(dynamic.text);
    expect(unrewrite(load(files)).originals.size).toBe(0);
  });

  test.each<[string, StorePath]>([
    ['something below it', maker.path],
    ['the derivation itself', dynamic.path],
  ])('is refused when a serial is for %s', (_, path) => {
    expect(() => rewrite(load([maker, dynamic]), new Map([[path, 1]]))).toThrow(
      expect.objectContaining({
        code: 'dynamic-derivation',
        path: dynamic.path,
        message: expect.stringContaining('dispatch cannot rewrite such a derivation'),
      }),
    );
  });

  test('is refused when it carries what would have to be taken out', () => {
    const carrying = dynamicDerivation(`("${variable}","3"),("out","")`);
    expect(() => unrewrite(load([maker, carrying]))).toThrow(
      expect.objectContaining({ code: 'dynamic-derivation', path: carrying.path }),
    );
  });

  test('is refused when it claims paths that nobody can know yet', () => {
    const claimed = `/nix/store/${'1'.repeat(32)}-dyn`;
    const text = dynamic.text.replace('("out","","","")', `("out","${claimed}","","")`);
    const path = makeTextPath(sha256, defaultStoreDir, 'dyn.drv', sha256(text), [maker.path]);
    expect(() => load([maker, { path, text }])).toThrow(
      expect.objectContaining({ code: 'path-mismatch', path }),
    );
  });
});
