import type { ByteString } from '@dispatch/nix/byte-string';

/** A part of a string in a Nix expression: bytes as they are, or something that is interpolated. */
export type Piece =
  | ByteString
  /** `${d3.dev}`: by the number of the recipe and the place among its outputs (modulo their count). */
  | { readonly output: number; readonly of: number }
  /** `${d3.drvPath}`: the path of its `.drv` file, and with it the whole closure as inputs. */
  | { readonly drvPathOf: number }
  /** The same under `unsafeDiscardOutputDependency`: the `.drv` file alone is an input. */
  | { readonly bareDrvPathOf: number }
  /** The output's path under `unsafeDiscardStringContext`: a text that makes nothing an input. */
  | { readonly mention: number; readonly of: number }
  /** `builtins.toFile`. */
  | { readonly file: ByteString }
  /** `builtins.placeholder`. */
  | { readonly placeholder: string };

export type Text = readonly Piece[];

/** A number as an expression has it, and as it stands in the environment and in JSON. */
export interface NumberForms {
  readonly nix: string;
  readonly env: string;
  readonly json: string;
}

export type Value =
  | { readonly text: Text }
  | { readonly number: NumberForms }
  | { readonly constant: boolean | null }
  | { readonly list: readonly Value[] }
  /** Structured attributes only. */
  | { readonly set: readonly (readonly [ByteString, Value])[] };

/** The arguments of `derivation`, of which Nix makes a `.drv` file. */
export interface Recipe {
  readonly name: string;
  readonly kind: 'input-addressed' | 'fixed' | 'floating' | 'impure';
  /** Of fixed-output recipes. */
  readonly declared?: { readonly algorithm: string; readonly hex: string };
  /** `recursive`, where an output is hashed by its content. */
  readonly isRecursive: boolean;
  readonly isStructured: boolean;
  readonly outputs: readonly string[];
  readonly builder: Text;
  readonly args: readonly Text[];
  readonly attributes: readonly (readonly [ByteString, Value])[];
}

/** A graph: each recipe may refer to those before it. */
export type Recipes = readonly Recipe[];

/** Serials in the expression, by the number of the recipe. */
export type SerialsByNumber = ReadonlyMap<number, number>;

export const variable = 'dispatchSerial';

/** The recipes with serials in the expression. */
export function withSerials(recipes: Recipes, serials: SerialsByNumber): Recipes {
  return recipes.map((recipe, number) => {
    const serial = serials.get(number);
    return serial === undefined ? recipe : withAttribute(recipe, variable, String(serial));
  });
}

/** The recipe with one string more. */
export function withAttribute(recipe: Recipe, key: ByteString, text: ByteString): Recipe {
  return { ...recipe, attributes: [...recipe.attributes, [key, textOf(text)]] };
}

/** All that `derivation` is called with but `args`, which never become variables. */
export function argumentsOf(recipe: Recipe): (readonly [ByteString, Value])[] {
  const { declared, outputs } = recipe;
  const isHashed = recipe.kind !== 'input-addressed';
  return [
    ...recipe.attributes,
    ['name', { text: [recipe.name] }],
    ['system', { text: ['x86_64-linux'] }],
    ['builder', { text: recipe.builder }],
    ...named('outputs', outputs.join() === 'out' ? undefined : { list: outputs.map(textOf) }),
    ...named('outputHash', declared && textOf(declared.hex)),
    ...named('outputHashAlgo', isHashed ? textOf(declared?.algorithm ?? 'sha256') : undefined),
    ...named(
      'outputHashMode',
      isHashed ? textOf(recipe.isRecursive ? 'recursive' : 'flat') : undefined,
    ),
  ];
}

function textOf(text: string): Value {
  return { text: [text] };
}

function named(key: string, value: Value | undefined): (readonly [string, Value])[] {
  return value === undefined ? [] : [[key, value]];
}
