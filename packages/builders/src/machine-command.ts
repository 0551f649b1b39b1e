import { throwIfCancelled } from './errors.ts';
import type { Carrier } from './transport.ts';

/**
 * Runs a program on a machine and returns the first `mostBytes` bytes of its output as Latin-1
 * text. Throws what connecting throws, and `cancelled`.
 */
export async function outputOf(
  carrier: Carrier,
  words: readonly string[],
  { mostBytes, signal }: { readonly mostBytes: number; readonly signal: AbortSignal },
): Promise<string> {
  const transport = await carrier.run(words, signal);
  const giveUp = (): void => transport.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await textOf(transport.input, mostBytes);
  } finally {
    signal.removeEventListener('abort', giveUp);
    transport.destroy();
    throwIfCancelled(signal, `running ${words[0]}`);
  }
}

async function textOf(input: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of input) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > mostBytes) break;
  }
  return Buffer.concat(pieces).toString('latin1', 0, mostBytes);
}
