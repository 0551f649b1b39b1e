import { type ByteString, joinBytes } from '../byte-string.ts';
import {
  type Derivation,
  type DerivationOutput,
  type DynamicOutput,
  type InputDerivation,
  isDynamic,
  type OutputName,
} from '../derivation.ts';
import type { DerivationText } from './derivation-text.ts';
import { escapeString } from './escape.ts';

/** The text of a `.drv` file, as Nix would write it. Lists that Nix sorts must be sorted. */
export function printDerivation(derivation: Derivation): ByteString {
  return printHead(derivation) + printRecipe(derivation);
}

/** The bytes of a `.drv` file whose recipe was never decoded. */
export function printDerivationText(derivation: DerivationText): Uint8Array {
  return joinBytes([printHead(derivation), derivation.recipe.bytes]);
}

/** One entry of the input derivations: `("key",["out","dev"])`. */
export function printInput(key: ByteString, outputs: readonly OutputName[]): ByteString {
  return `("${key}",${printStrings(outputs)})`;
}

type Head = Pick<Derivation, 'outputs' | 'inputDrvs' | 'inputSrcs'>;

/** Everything before the recipe. */
export function printHead(derivation: Head): ByteString {
  const dynamic = isDynamic(derivation);
  const start = dynamic ? 'DrvWithVersion("xp-dyn-drv",' : 'Derive(';
  const inputs = derivation.inputDrvs.map((input) => printInputDerivation(input, dynamic));
  const sources = printStrings(derivation.inputSrcs);
  return `${start}${printOutputs(derivation.outputs)},[${inputs.join(',')}],${sources},`;
}

/** The list of outputs. */
export function printOutputs(outputs: readonly DerivationOutput[]): ByteString {
  let items = '';
  for (const { name, path, hashAlgo, hash } of outputs) {
    if (items !== '') items += ',';
    items += `("${name}","${path}","${hashAlgo}","${hash}")`;
  }
  return `[${items}]`;
}

function printInputDerivation(input: InputDerivation, dynamic: boolean): ByteString {
  return dynamic
    ? `("${input.path}",${printWanted(input.outputs, input.dynamic)})`
    : printInput(input.path, input.outputs);
}

function printWanted(
  outputs: readonly OutputName[],
  dynamic: readonly DynamicOutput[],
): ByteString {
  if (dynamic.length === 0) return printStrings(outputs);
  const nested = dynamic.map(
    (item) => `("${item.output}",${printWanted(item.outputs, item.dynamic)})`,
  );
  return `(${printStrings(outputs)},[${nested.join(',')}])`;
}

function printRecipe({ system, builder, args, env }: Derivation): ByteString {
  const printedArgs = args.map((arg) => `"${escapeString(arg)}"`).join(',');
  const printedEnv = env.map(([key, value]) => `("${escapeString(key)}","${escapeString(value)}")`);
  return `"${system}","${escapeString(builder)}",[${printedArgs}],[${printedEnv.join(',')}])`;
}

/** A list of strings that need no escapes. */
export function printStrings(values: readonly string[]): ByteString {
  if (values.length === 0) return '[]';
  if (values.length === 1) return `["${values[0]}"]`;
  return `["${values.join('","')}"]`;
}
