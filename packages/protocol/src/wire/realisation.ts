import type { ByteString } from '@dispatch/nix/byte-string';
import { byteStringOfText } from '@dispatch/nix/byte-string';
import type { Realisation } from '@dispatch/nix/realisation';
import { baseName, defaultStoreDir, parseStorePath } from '@dispatch/nix/store-path';
import { ProtocolError } from '../errors.ts';

/** The name of one output of a derivation that realisations are kept under. */
export function printDrvOutput(id: Pick<Realisation, 'drvHash' | 'outputName'>): string {
  return `${id.drvHash}!${id.outputName}`;
}

/** The JSON that protocol 1.31 and later send. Throws `bad-reply`, or NixFormatError. */
export function parseRealisation(text: ByteString): Realisation {
  const value = parseObject(text);
  const { id, outPath, signatures = [] } = value;
  if (typeof id !== 'string' || typeof outPath !== 'string' || !isStrings(signatures)) {
    throw new ProtocolError('bad-reply', `'${text}' is not a realisation`);
  }
  const mark = id.indexOf('!');
  return {
    drvHash: id.slice(0, Math.max(mark, 0)),
    outputName: id.slice(mark + 1),
    outPath: parseStorePath(`${defaultStoreDir}/${outPath}`),
    signatures,
  };
}

function parseObject(text: ByteString): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch (cause) {
    throw new ProtocolError('bad-reply', `'${text}' is not JSON`, { cause });
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** The same JSON, as Nix writes it. */
export function printRealisation(realisation: Realisation): ByteString {
  return byteStringOfText(
    JSON.stringify({
      dependentRealisations: {},
      id: printDrvOutput(realisation),
      outPath: baseName(realisation.outPath),
      signatures: realisation.signatures,
    }),
  );
}
