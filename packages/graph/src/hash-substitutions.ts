import { RecipeText, withSubstitutedText } from '@dispatch/nix/aterm/recipe-text';
import type { ByteString } from '@dispatch/nix/byte-string';
import type { Sha256 } from '@dispatch/nix/make-store-path';
import { nixBase32Alphabet } from '@dispatch/nix/nixbase32';
import { downstreamPlaceholder, placeholderDigits } from '@dispatch/nix/placeholder';
import { hashPart, hashPartLength, type StorePath } from '@dispatch/nix/store-path';
import type { DerivationNode } from './derivation-node.ts';

/**
 * What has to be replaced in the recipes of those that depend on a changed derivation: hash parts of
 * its `.drv` path and of its output paths, and the placeholders of outputs that have no path yet.
 */
export interface HashSubstitutions {
  readonly hashParts: readonly Replacement[];
  readonly placeholders: readonly Replacement[];
}

type Replacement = readonly [before: string, after: string];

const none: readonly Replacement[] = [];

/** For an input derivation that changed from `before` to `after`. */
export function substitutionsOf(
  before: DerivationNode,
  after: DerivationNode,
  sha256: Sha256,
): HashSubstitutions {
  const hashParts: Replacement[] = [[hashPart(before.path), hashPart(after.path)]];
  const placeholders: Replacement[] = [];
  for (const [index, { name, path }] of before.text.outputs.entries()) {
    const newPath = after.text.outputs[index]?.path ?? '';
    if (path === '') {
      const old = downstreamPlaceholder(sha256, before.path, name);
      placeholders.push([old.slice(1), downstreamPlaceholder(sha256, after.path, name).slice(1)]);
    } else if (path !== newPath) {
      hashParts.push([hashPart(path as StorePath), hashPart(newPath as StorePath)]);
    }
  }
  return { hashParts, placeholders };
}

/** For a `.drv` file among the sources: only its own path is an input, its outputs are not. */
export function sourceSubstitutionOf(before: StorePath, after: StorePath): HashSubstitutions {
  return { hashParts: [[hashPart(before), hashPart(after)]], placeholders: none };
}

/** What is to be replaced in one text. */
export interface Replacements {
  readonly hashParts: ReadonlyMap<string, string>;
  readonly placeholders: ReadonlyMap<string, string>;
}

/** Those of all changed inputs of one derivation; filled again for the next, which spares many maps. */
export class SubstitutionTable implements Replacements {
  readonly hashParts: Map<string, string> = new Map();
  readonly placeholders: Map<string, string> = new Map();

  get isEmpty(): boolean {
    return this.hashParts.size === 0;
  }

  clear(): void {
    this.hashParts.clear();
    this.placeholders.clear();
  }

  add(substitutions: HashSubstitutions): void {
    for (const [before, after] of substitutions.hashParts) this.hashParts.set(before, after);
    for (const [before, after] of substitutions.placeholders) this.placeholders.set(before, after);
  }
}

/**
 * A recipe with all of them replaced. Names of variables hardly ever have a hash in them; only where
 * one may have is the environment looked into, since it must then be sorted again.
 */
export function substituteInRecipe(recipe: RecipeText, replacements: Replacements): RecipeText {
  const pieces = substitutedPieces(recipe.text, replacements);
  const text = pieces.join('');
  return mayNameVariable(pieces) ? withSubstitutedText(recipe, text) : new RecipeText(text);
}

/**
 * Whether what was replaced may be in the name of a variable: after the end of the string that it is
 * in, another string follows, as after a name (and some arguments), but not after a value.
 */
function mayNameVariable(pieces: readonly string[]): boolean {
  for (let index = 2; index < pieces.length; index += 2) {
    const piece = pieces[index] ?? '';
    const quote = piece.indexOf('"');
    if (quote === -1) continue;
    if (piece[quote - 1] === '\\' || piece.startsWith('","', quote)) return true;
  }
  return false;
}

const isDigit: Uint8Array = new Uint8Array(256);
for (const digit of nixBase32Alphabet) isDigit[digit.charCodeAt(0)] = 1;

/**
 * The text with all of them replaced, in one pass, so that nothing is replaced twice. The length
 * stays the same. A window of 32 characters is looked at from its end, and moves behind the first
 * that is no digit of base 32; so most of a text is never looked at.
 */
export function substituteHashes(text: ByteString, replacements: Replacements): ByteString {
  return substitutedPieces(text, replacements).join('');
}

/** What stays and what comes in its place, in turn. */
function substitutedPieces(text: ByteString, replacements: Replacements): string[] {
  const pieces: string[] = [];
  let copied = 0;
  let at = 0;
  let digitsUpTo = 0;
  while (at + hashPartLength <= text.length) {
    const stop = lastNonDigit(text, Math.max(at, digitsUpTo), at + hashPartLength);
    if (stop !== -1) {
      at = stop + 1;
      continue;
    }
    digitsUpTo = at + hashPartLength;
    const after = replacementAt(text, at, replacements);
    if (after === undefined) {
      at += 1;
      continue;
    }
    pieces.push(text.slice(copied, at), after);
    at += after.length;
    copied = at;
  }
  pieces.push(text.slice(copied));
  return pieces;
}

function lastNonDigit(text: ByteString, from: number, to: number): number {
  for (let at = to - 1; at >= from; at -= 1) if (isDigit[text.charCodeAt(at)] === 0) return at;
  return -1;
}

function replacementAt(
  text: ByteString,
  at: number,
  { hashParts, placeholders }: Replacements,
): string | undefined {
  const after = hashParts.get(text.slice(at, at + hashPartLength));
  if (after !== undefined || placeholders.size === 0) return after;
  return placeholders.get(text.slice(at, at + placeholderDigits));
}
