import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nixVersions } from '../../../test/farm/installed-nix.ts';
import { openScratchNix, type ScratchNix } from '../../nix/test/scratch-nix.ts';
import { evaluateExpressions } from './evaluate-with-nix.ts';
import { type DrvFile, load, rewrite, textsByPath, textsOf, unrewrite } from './loaded-graph.ts';

/**
 * Expressions that random graphs do not hold. `a` is the poisoned derivation; what the list holds
 * must be all that there is.
 */
const common = `
  discard = builtins.unsafeDiscardStringContext;
  make = name: rest: derivation ({ inherit name; system = "x86_64-linux"; builder = "/bin/sh"; } // rest);
  outputs = [ "out" "dev" "lib" "doc" "man" ];
  a = make "a" ({ inherit outputs; } // poison);
`;

const cases: readonly (readonly [what: string, bindings: string, all: string])[] = [
  [
    'variables named for paths, which sort anew',
    `b = make "b" ({ input = a; } // builtins.listToAttrs (map (o: { name = discard "\${a.\${o}}"; value = o; }) outputs));`,
    'a b',
  ],
  [
    'variables whose names have escapes before and after the path',
    `b = make "b" ({ input = a; } // builtins.listToAttrs (map (o: { name = "\\"\\n\${discard a.\${o}}\\\\"; value = o; }) outputs));`,
    'a b',
  ],
  [
    'hash parts without the rest of the path',
    'b = make "b" { input = a; part = builtins.substring 11 32 (discard "${a}"); };',
    'a b',
  ],
  [
    'hash parts inside of longer words',
    'b = make "b" { input = a; part = "zzz${builtins.substring 11 32 (discard "${a}")}000"; };',
    'a b',
  ],
  [
    'hash parts in JSON of JSON',
    'b = make "b" { input = a; __structuredAttrs = true; text = builtins.toJSON { x = [ "${a.dev}\\n" ]; }; };',
    'a b',
  ],
  [
    'structured attributes named for paths, which sort anew',
    `b = make "b" ({ input = a; __structuredAttrs = true; } // builtins.listToAttrs (map (o: { name = discard "\${a.\${o}}"; value = o; }) outputs));`,
    'a b',
  ],
  [
    'keys at every depth of structured attributes, with escapes around the path',
    `keyed = f: builtins.listToAttrs (map (o: { name = "\\"\\n\${discard a.\${o}}\\\\"; value = f o; }) outputs); b = make "b" { input = a; __structuredAttrs = true; big = 9007199254740993; m = [ (keyed (o: keyed (p: { text = "\\"\\\\\${o}"; float = 1.5; big = 9007199254740993; }))) { z = keyed (o: [ ]); a = { }; } ]; }; c = make "c" { x = b; };`,
    'a b c',
  ],
  [
    'structured attributes of a poisoned derivation, named for placeholders',
    `p = make "p" ({ __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; inherit outputs; } // poison); b = make "b" ({ input = p; __structuredAttrs = true; m = builtins.listToAttrs (map (o: { name = discard "\${p.\${o}}/bin"; value = p.\${o}; }) outputs); });`,
    'p b a',
  ],
  [
    'variables of our name in what cannot be poisoned, which are its own',
    'f = make "f" { tool = a; dispatchSerial = "5"; dispatchTrial = "x"; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = "recursive"; }; g = make "g" { dispatchSerial = "of its own"; dispatchGroupId = "y"; outputHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709"; outputHashAlgo = "sha1"; __structuredAttrs = true; tool = a; }; i = make "i" { __impure = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; dispatchSerial = "5"; input = a; }; b = make "b" { src = [ f g a ]; };',
    'a f g i b',
  ],
  [
    'what is passed as files',
    'b = make "b" { passAsFile = [ "text" ]; text = "${a.lib}"; };',
    'a b',
  ],
  [
    'exported graphs',
    'b = make "b" { exportReferencesGraph = [ "graph" a "recipes" a.drvPath ]; };',
    'a b',
  ],
  [
    'exported graphs in structured attributes',
    'b = make "b" { __structuredAttrs = true; exportReferencesGraph.graph = [ a a.dev ]; outputChecks.out.disallowedReferences = [ a.doc ]; };',
    'a b',
  ],
  [
    'allowed and forbidden references',
    'b = make "b" { allowedReferences = [ a "out" ]; disallowedRequisites = [ a.doc ]; };',
    'a b',
  ],
  ['all outputs of an input', 'b = make "b" { inputs = a.all; };', 'a b'],
  [
    'fixed outputs that are declared as SRI, and cut the change off',
    'f = make "f" { tool = a; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = "recursive"; }; b = make "b" { src = f; };',
    'a f b',
  ],
  [
    'fixed outputs that are content-addressed recipes of Nix itself',
    'f = make "f" { builder = "builtin:fetchurl"; system = "builtin"; url = "file://${a}"; outputHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709"; outputHashAlgo = "sha1"; }; b = make "b" { src = f; };',
    'a f b',
  ],
  [
    'what is above a floating derivation above it',
    'c = make "c" { __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; outputs = [ "out" "dev" ]; input = a; }; d = make "d" { x = "${c}/${c.dev}"; outputs = [ "dev" "out" ]; }; e = make "e" { __structuredAttrs = true; y = [ d d.dev c.dev ]; }; f = make "f" { z = e; outputHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709"; outputHashAlgo = "sha1"; }; g = make "g" { w = f; };',
    'a c d e f g',
  ],
  [
    'a floating derivation that is poisoned itself',
    'p = make "p" ({ __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; outputs = [ "out" "dev" ]; } // poison); d = make "d" { x = "${p}:${p.dev}"; }; e = make "e" { y = d; recipe = p.drvPath; };',
    'p d e a',
  ],
  [
    'an impure derivation above it',
    'i = make "i" { __impure = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; input = a; }; j = make "j" { __impure = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; x = i; };',
    'a i j',
  ],
  [
    'a deferred derivation that is poisoned',
    'c = make "c" { __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; }; p = make "p" ({ x = c; } // poison); d = make "d" { y = p; };',
    'c p d a',
  ],
];

function expression(bindings: string, all: string, poison: string): string {
  const paths = all.split(' ').map((name) => `(discard ${name}.drvPath)`);
  return `(let poison = ${poison}; ${common} ${bindings} in [ ${paths.join(' ')} ])`;
}

describe.each(nixVersions())('Nix %s agrees on', (version) => {
  let nix: ScratchNix;
  let evaluated: DrvFile[][];

  beforeAll(() => {
    nix = openScratchNix(version);
    evaluated = evaluateExpressions(
      nix,
      cases.flatMap(([, bindings, all]) => [
        expression(bindings, all, '{ }'),
        expression(bindings, all, '{ dispatchSerial = "12"; }'),
      ]),
    );
  });
  afterAll(() => nix.remove());

  test.each(cases.map(([what], at) => [what, at] as const))('%s', (_, at) => {
    const [original, withSerial] = [evaluated[2 * at]!, evaluated[2 * at + 1]!];
    const poisoned = original.filter(({ path }) => /-[ap]\.drv$/.test(path));
    const serials = new Map(poisoned.map(({ path }) => [path, 12]));
    const rewriting = rewrite(load(original), serials);
    expect(textsOf(rewriting.graph)).toEqual(textsByPath(withSerial));

    const back = unrewrite(load(withSerial));
    expect(textsOf(back.graph)).toEqual(textsByPath(original));
    expect(back.carried).toEqual(serials);
  });
});
