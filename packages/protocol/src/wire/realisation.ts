import { type ByteString, beginningOf, byteStringOfText } from '@dispatch/nix/byte-string';
import type { DrvOutput, Realisation } from '@dispatch/nix/realisation';
import { baseName, defaultStoreDir, parseStorePath } from '@dispatch/nix/store-path';
import { ProtocolError } from '../errors.ts';
import { type Decoder, readList, readName, readPath } from './decoder.ts';
import type { RequestWriter } from './request-writer.ts';
import type { WireInput } from './wire-input.ts';

/** How much a message shows of what is no realisation; a daemon may send megabytes. */
const shownBytes = 1024;

/** An output's id where Nix names it by hash: its derivation's hash, `!`, and the output's name. */
export function printDrvOutput({ drvHash, outputName }: Omit<DrvOutput, 'drvPath'>): string {
  return `${drvHash}!${outputName}`;
}

/** Reads the JSON that protocol 1.31 and later send. Throws `bad-reply`, or NixFormatError. */
export function parseRealisation(text: ByteString): Realisation {
  const { outPath, signatures = [] } = parseObject(text);
  if (typeof outPath !== 'string' || !isStrings(signatures)) {
    throw new ProtocolError('bad-reply', `'${beginningOf(text, shownBytes)}' is not a realisation`);
  }
  return { outPath: parseStorePath(`${defaultStoreDir}/${outPath}`), signatures };
}

function parseObject(text: ByteString): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch (cause) {
    throw new ProtocolError('bad-reply', `'${beginningOf(text, shownBytes)}' is not JSON`, {
      cause,
    });
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Prints that JSON, as Nix writes it. */
export function printRealisation(output: DrvOutput, realisation: Realisation): ByteString {
  return byteStringOfText(
    JSON.stringify({
      dependentRealisations: {},
      id: printDrvOutput(output),
      outPath: baseName(realisation.outPath),
      signatures: realisation.signatures,
    }),
  );
}

/** Reads the layout of `realisation-with-path-not-hash`; the output is named before it. */
export function* readRealisation(input: WireInput): Decoder<Realisation> {
  return { outPath: yield* readPath(input), signatures: yield* readList(input, readName) };
}

/** Names an output in the layout of `realisation-with-path-not-hash`. */
export function writeDrvOutput(out: RequestWriter, { drvPath, outputName }: DrvOutput): void {
  out.text(drvPath);
  out.text(outputName);
}
