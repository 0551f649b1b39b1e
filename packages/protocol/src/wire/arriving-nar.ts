import { NarEndFinder } from '@dispatch/nix/nar/nar-end';
import type { ReceivedNar } from '../received-nar.ts';
import type { Link } from './link.ts';

/** What is known of a NAR that is about to come. */
export interface ExpectedNar {
  /** How many bytes it must have, where that is known. */
  readonly size: number | undefined;
  /** Adds to an error of the connection whose connection it was. */
  readonly explain: (error: unknown) => unknown;
}

/**
 * Takes the NAR that comes next, no faster than its pieces are taken. If as many bytes have arrived
 * as it must have, it is these, whatever they are: the receiver also knows its hash. Otherwise it
 * is parsed to find its end, since a daemon sends no length before it, and nothing but a NAR gets
 * through.
 */
export function takeNar(link: Link, { size, explain }: ExpectedNar): ReceivedNar {
  if (size !== undefined && link.input.buffered >= size) return link.input.takeBytes(size);
  const nar = new NarEndFinder();
  const arrived: Uint8Array[] = [];
  while (!nar.done && link.input.buffered > 0) arrived.push(takePiece(link, nar));
  return nar.done ? joined(arrived) : piecesOf({ link, nar, arrived, explain });
}

function takePiece({ input }: Link, nar: NarEndFinder): Uint8Array {
  const arrived = input.peek();
  const length = nar.push(arrived);
  input.skip(length);
  return arrived.subarray(0, length);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}

interface Arriving {
  readonly link: Link;
  readonly nar: NarEndFinder;
  readonly arrived: readonly Uint8Array[];
  readonly explain: (error: unknown) => unknown;
}

async function* piecesOf({ link, nar, arrived, explain }: Arriving): AsyncGenerator<Uint8Array> {
  yield* arrived;
  try {
    while (!nar.done) {
      if (link.input.buffered === 0) await link.until(1);
      yield takePiece(link, nar);
    }
  } catch (error) {
    throw explain(error);
  }
}
