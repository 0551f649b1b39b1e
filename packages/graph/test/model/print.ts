import type { ByteString } from '@dispatch/nix/byte-string';
import { ownPlaceholder } from '@dispatch/nix/placeholder';
import type { StorePath } from '@dispatch/nix/store-path';
import { sha256 } from '../node-sha256.ts';
import type { Recipe } from './recipe.ts';

/** A recipe with its strings known, and everything final but the paths of its outputs. */
export interface Evaluated {
  readonly recipe: Recipe;
  readonly inputs: ReadonlyMap<StorePath, ReadonlySet<string>>;
  readonly sources: ReadonlySet<StorePath>;
  readonly builder: ByteString;
  readonly args: readonly ByteString[];
  readonly variables: readonly (readonly [ByteString, ByteString])[];
}

/** Input derivations under their paths, or under their hashes. */
export type Inputs = readonly (readonly [key: string, outputs: ReadonlySet<string>])[];

/** The text of a `.drv` file. */
export function print(
  { recipe, sources, builder, args, variables }: Evaluated,
  inputs: Inputs,
  outputs: ReadonlyMap<string, string>,
): ByteString {
  const printedOutputs = [...outputs].map(([name, path]) =>
    tuple([name, path, ...contentHash(recipe)].map(quote)),
  );
  const printedInputs = inputs.map(([key, names]) => tuple([quote(key), strings(names, true)]));
  const env = [...variables, ...outputVariables(recipe, outputs)].map((pair) =>
    tuple(pair.map(quote)),
  );
  const parts = [
    list(printedOutputs.toSorted()),
    list(printedInputs.toSorted()),
    strings(sources, true),
    quote('x86_64-linux'),
    quote(builder),
    strings(args, false),
    list(env.toSorted(byKey)),
  ];
  return `Derive${tuple(parts)}`;
}

function contentHash({ kind, declared, isRecursive }: Recipe): [string, string] {
  if (kind === 'input-addressed') return ['', ''];
  const algorithm = (isRecursive ? 'r:' : '') + (declared?.algorithm ?? 'sha256');
  return [algorithm, kind === 'impure' ? 'impure' : (declared?.hex ?? '')];
}

function outputVariables(
  { kind }: Recipe,
  outputs: ReadonlyMap<string, string>,
): (readonly [string, string])[] {
  const isFloating = kind === 'floating' || kind === 'impure';
  return [...outputs].map(([name, path]) => [
    name,
    isFloating ? ownPlaceholder(sha256, name) : path,
  ]);
}

/** Entries by the bytes of their keys, which are quoted and escaped here. */
function byKey(a: ByteString, b: ByteString): number {
  const [keyA, keyB] = [a, b].map((entry) => unescape(/^\("((?:[^"\\]|\\[^])*)"/.exec(entry)![1]!));
  return keyA! < keyB! ? -1 : 1;
}

const printed: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const read: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function unescape(text: ByteString): ByteString {
  return text.replaceAll(/\\([^])/g, (_, character: string) => read[character] ?? character);
}

function quote(text: ByteString): ByteString {
  return `"${text.replaceAll(/["\\\n\r\t]/g, (character) => printed[character] ?? `\\${character}`)}"`;
}

function strings(items: Iterable<string>, isSorted: boolean): ByteString {
  const all = [...items];
  return list((isSorted ? all.toSorted() : all).map(quote));
}

function list(items: readonly string[]): ByteString {
  return `[${items.join(',')}]`;
}

function tuple(items: readonly string[]): ByteString {
  return `(${items.join(',')})`;
}
