import type { ByteString } from '@dispatch/nix/byte-string';
import {
  argumentsOf,
  type Piece,
  type Recipe,
  type Recipes,
  type Text,
  type Value,
} from './recipe.ts';

/** A Nix expression for the list of the drv paths of all recipes. */
export function nixExpression(recipes: Recipes): ByteString {
  const bindings = recipes.map((recipe, number) => `d${number} = ${call(recipe, recipes)};`);
  const paths = recipes.map(
    (_, number) => `(builtins.unsafeDiscardStringContext d${number}.drvPath)`,
  );
  return `(let ${bindings.join('\n')} in [ ${paths.join(' ')} ])`;
}

function call(recipe: Recipe, recipes: Recipes): ByteString {
  const pairs = argumentsOf(recipe).map(
    ([key, value]) => `${quote(key)} = ${printValue(value, recipes)};`,
  );
  if (recipe.args.length > 0) {
    pairs.push(`args = [ ${recipe.args.map((arg) => printText(arg, recipes)).join(' ')} ];`);
  }
  if (recipe.isStructured) pairs.push('__structuredAttrs = true;');
  if (recipe.kind === 'floating') pairs.push('__contentAddressed = true;');
  if (recipe.kind === 'impure') pairs.push('__impure = true;');
  return `derivation { ${pairs.join(' ')} }`;
}

function printValue(value: Value, recipes: Recipes): ByteString {
  if ('text' in value) return printText(value.text, recipes);
  if ('number' in value) return `(${value.number.nix})`;
  if ('constant' in value) return String(value.constant);
  if ('list' in value) return `[ ${value.list.map((one) => printValue(one, recipes)).join(' ')} ]`;
  const pairs = value.set.map(([key, one]) => `${quote(key)} = ${printValue(one, recipes)};`);
  return `{ ${pairs.join(' ')} }`;
}

function printText(text: Text, recipes: Recipes): ByteString {
  return `"${text.map((piece) => printPiece(piece, recipes)).join('')}"`;
}

function printPiece(piece: Piece, recipes: Recipes): ByteString {
  if (typeof piece === 'string') return escape(piece);
  return `\${${printInterpolated(piece, recipes)}}`;
}

function printInterpolated(piece: Exclude<Piece, string>, recipes: Recipes): ByteString {
  if ('output' in piece) return outputOf(piece.of, piece.output, recipes);
  if ('mention' in piece) {
    return `builtins.unsafeDiscardStringContext ${outputOf(piece.of, piece.mention, recipes)}`;
  }
  if ('drvPathOf' in piece) return `d${piece.drvPathOf}.drvPath`;
  if ('bareDrvPathOf' in piece) {
    return `builtins.unsafeDiscardOutputDependency d${piece.bareDrvPathOf}.drvPath`;
  }
  if ('file' in piece) return `builtins.toFile "text" ${quote(piece.file)}`;
  return `builtins.placeholder ${quote(piece.placeholder)}`;
}

function outputOf(number: number, output: number, recipes: Recipes): ByteString {
  const { outputs } = recipes[number]!;
  return `d${number}.${outputs[output % outputs.length]}`;
}

function quote(text: ByteString): ByteString {
  return `"${escape(text)}"`;
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escape(text: ByteString): ByteString {
  return text.replaceAll(/["\\$\n\r\t]/g, (character) => escapes[character] ?? `\\${character}`);
}
