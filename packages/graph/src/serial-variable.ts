import {
  hasVariableFrom,
  type RecipeBytes,
  recipeVariable,
  removeRecipeVariable,
  setRecipeVariable,
} from '@dispatch/nix/aterm/recipe-bytes';
import { type ByteString, beginningOf, displayText } from '@dispatch/nix/byte-string';
import { messageOf } from '@dispatch/nix/message-of';
import { namesOfNix } from '@dispatch/nix/names-of-nix';
import {
  insertJsonAttribute,
  jsonAttribute,
  removeJsonAttribute,
  structuredAttributes,
} from '@dispatch/nix/structured-attributes';
import type { DerivationNode } from './derivation-node.ts';
import { GraphError } from './errors.ts';

/** The name of the variable that holds a serial, unless the ledger says otherwise. */
export const defaultSerialVariable = 'dispatchSerial';

/** Marks the members of a group with their combination and the attempt at it. */
export const groupVariable = 'dispatchGroupId';

/** The variables of ours besides the serial; `dispatchTrial` marks a rebuild for one run only. */
const marks: readonly string[] = ['dispatchTrial', groupVariable];

/** The largest serial; larger epochs are refused everywhere. */
export const maximumSerial: number = 2 ** 31;

/** The names of the variables with which an expression declares groups. */
export const groupDeclarationNames = {
  group: 'dispatchGroup',
  role: 'dispatchRole',
  size: 'dispatchGroupSize',
  join: 'dispatchJoin',
} as const;

/** All names above begin with this. */
const commonPrefix = 'dispatch';

/** Throws `bad-variable` for a name that cannot carry a serial. */
export function assertSerialVariable(name: string): void {
  const ours = [...marks, ...Object.values(groupDeclarationNames)];
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || ours.includes(name)) throw noSerialVariable(name);
  if (namesOfNix.has(name)) throw noSerialVariable(name, ': it means something to Nix itself');
}

function noSerialVariable(name: string, why = ''): GraphError {
  const message = `'${name}' cannot be the name of the serial's variable${why}`;
  return new GraphError('bad-variable', message);
}

/** A serial in the only form that is ours, a decimal from 1 to 2^31; else undefined. */
export function parseSerial(text: string): number | undefined {
  if (!/^[1-9][0-9]{0,9}$/.test(text)) return undefined;
  const serial = Number(text);
  return serial <= maximumSerial ? serial : undefined;
}

/** The JSON text of a derivation's structured attributes; nearly every derivation has none. */
export function structuredAttributesOf({ text }: DerivationNode): ByteString | undefined {
  return recipeVariable(text.recipe, structuredAttributes);
}

/**
 * Whether a derivation may have a variable that dispatch adds or reads; `variable` is the serial's
 * name. Nearly none has, and this is faster than looking for each.
 */
export function mayConcernUs(
  { text: { recipe, outputs } }: DerivationNode,
  variable: string,
  json: ByteString | undefined,
): boolean {
  const isOtherName = !variable.startsWith(commonPrefix);
  return (
    hasVariableFrom(recipe, commonPrefix) ||
    json?.includes(commonPrefix) === true ||
    outputs.some(({ name }) => name === variable || name.startsWith(commonPrefix)) ||
    (isOtherName &&
      (recipeVariable(recipe, variable) !== undefined || json?.includes(variable) === true))
  );
}

/**
 * The value of one of our variables in a derivation, or undefined when it has none. With structured
 * attributes the variable is a string in the JSON, since the builder sees nothing else. Callers
 * that ask for several variables pass `json`, which takes longer to get than all the rest.
 */
export function variableValue(
  node: DerivationNode,
  name: string,
  json: ByteString | undefined = structuredAttributesOf(node),
): string | undefined {
  const { recipe, outputs } = node.text;
  if (outputs.some((output) => output.name === name)) throw notOurs(node, name, 'an output');
  const value = recipeVariable(recipe, name);
  // A plain search in the text is much faster than reading the JSON.
  const attribute =
    json?.includes(name) === true ? readJson(node, () => jsonAttribute(json, name)) : undefined;
  if (attribute === undefined) {
    if (value !== undefined && json !== undefined) throw foreignValue(node, name, value);
    return value;
  }
  const text = readJson<unknown>(node, () => JSON.parse(attribute));
  if (typeof text !== 'string' || value !== undefined) {
    throw notOurs(node, name, beginningOf(attribute, shownLength));
  }
  return text;
}

/**
 * The serial that a derivation carries. Throws `bad-variable` when the value is not ours. A
 * derivation that cannot be poisoned never got a serial from us: a variable of that name is its
 * own, and stays.
 */
export function carriedSerial(
  node: DerivationNode,
  variable: string,
  json?: ByteString,
): number | undefined {
  if (!isPoisonable(node)) return undefined;
  const value = variableValue(node, variable, json);
  if (value === undefined) return undefined;
  const serial = parseSerial(value);
  if (serial === undefined) throw foreignValue(node, variable, value);
  return serial;
}

/**
 * The variables of trials and groups that a derivation carries, whatever their values. As with serials, a derivation
 * that cannot be poisoned never got one from us.
 */
export function carriedMarks(node: DerivationNode, json: ByteString | undefined): string[] {
  if (!isPoisonable(node)) return [];
  return marks.filter((name) => variableValue(node, name, json) !== undefined);
}

/**
 * Whether a serial has an effect: a fixed output keeps its path, an impure result is never reused.
 */
function isPoisonable({ kind }: Pick<DerivationNode, 'kind'>): boolean {
  return kind !== 'fixed' && kind !== 'impure';
}

/** The recipe with one of our variables added; the derivation must not have it yet. */
export function addVariable(node: DerivationNode, name: string, value: string): RecipeBytes {
  const { recipe, outputs } = node.text;
  if (outputs.some((output) => output.name === name)) throw notOurs(node, name, 'an output');
  const json = recipeVariable(recipe, structuredAttributes);
  if (json === undefined) return setRecipeVariable(recipe, name, value);
  const edited = readJson(node, () => insertJsonAttribute(json, name, JSON.stringify(value)));
  return setRecipeVariable(recipe, structuredAttributes, edited);
}

/** The recipe without one of our variables; unchanged when it has none. */
export function removeVariable(recipe: RecipeBytes, name: string): RecipeBytes {
  const json = recipeVariable(recipe, structuredAttributes);
  if (json === undefined) return removeRecipeVariable(recipe, name);
  if (jsonAttribute(json, name) === undefined) return recipe;
  return setRecipeVariable(recipe, structuredAttributes, removeJsonAttribute(json, name));
}

/** Runs `read`, which reads structured attributes; its error becomes a `corrupt-derivation`. */
export function readJson<T>(node: DerivationNode, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const fault = messageOf(cause);
    throw new GraphError(
      'corrupt-derivation',
      `${node.path}: its structured attributes are not as Nix writes them: ${fault}`,
      node.path,
      cause,
    );
  }
}

/** How much of a value a message shows: enough to find it by; some values are megabytes. */
const shownLength = 100;

function foreignValue(node: DerivationNode, name: string, value: ByteString): GraphError {
  return notOurs(node, name, `'${beginningOf(value, shownLength)}'`);
}

function notOurs(node: DerivationNode, name: string, value: ByteString): GraphError {
  // Only the serial's name can be chosen.
  const remedy = marks.includes(name)
    ? 'rename it in the expression: that name is kept for dispatch'
    : 'choose another name with --serial-variable';
  return new GraphError(
    'bad-variable',
    `${node.path} has a variable '${name}' of its own (${displayText(value)}), which dispatch would have to ` +
      `overwrite; ${remedy}`,
    node.path,
  );
}
