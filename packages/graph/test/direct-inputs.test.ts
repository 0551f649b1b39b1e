import { printDerivationText } from '@dispatch/nix/aterm/print';
import { byteStringFrom } from '@dispatch/nix/byte-string';
import { describe, expect, test } from 'vitest';
import { load, rewrite } from './loaded-graph.ts';
import { instantiate } from './model/instantiate.ts';
import { plainRecipe } from './model/plain-recipe.ts';
import type { Piece } from './model/recipe.ts';

const mentionOfBottom: Piece = { mention: 0, of: 0 };

/** `top` mentions the output of `bottom` without its context, and has `pieces` beside. */
function topAfterPoisoningBottom(pieces: readonly Piece[]): { text: string; bottom: string } {
  const [bottom, middle, top] = instantiate([
    plainRecipe('bottom'),
    plainRecipe('middle', { builder: [{ output: 0, of: 0 }] }),
    plainRecipe('top', { args: [[mentionOfBottom, ' ', ...pieces]] }),
  ]);
  const { changes } = rewrite(load([bottom!, middle!, top!]), new Map([[bottom!.path, 1]]));
  const after = changes.get(top!.path);
  const text = after === undefined ? top!.text : byteStringFrom(printDerivationText(after.text));
  return { text, bottom: bottom!.outputs.get('out')! };
}

describe('a path in a text', () => {
  test.each<[string, Piece[]]>([
    ['nothing', ['x']],
    ['what is above it', [{ output: 0, of: 1 }]],
    ['its recipe alone', [{ bareDrvPathOf: 0 }]],
  ])('stays when the input is %s', (_, pieces) => {
    const { text, bottom } = topAfterPoisoningBottom(pieces);
    expect(text).toContain(`"${bottom} `);
  });

  test('changes with the derivation when that is an input', () => {
    const { text, bottom } = topAfterPoisoningBottom([{ output: 0, of: 0 }]);
    expect(text).not.toContain(bottom);
  });
});
