import { Duplex } from 'node:stream';
import type { ByteStreams } from '../src/byte-streams.ts';
import { RequestWriter } from '../src/wire/request-writer.ts';

export const daemonMagic = 0x6478696f;
export const last = 0x616c7473;

/** The bytes of a sequence of integers and texts, as a daemon sends them. */
export function wire(...values: readonly (number | string)[]): Buffer {
  const out = new RequestWriter();
  for (const value of values) {
    if (typeof value === 'number') out.integer(value);
    else out.text(value);
  }
  return Buffer.from(out.bytes);
}

/** A daemon's greeting in protocol 1.`minor`, that ends with being ready for requests. */
export function greeting(minor: number, trust = 1, feature = 'some-feature'): Buffer {
  const parts = [wire(daemonMagic, 0x100 + minor)];
  if (minor >= 38) parts.push(wire(1, feature));
  if (minor >= 33) parts.push(wire('2.99'));
  if (minor >= 35) parts.push(wire(trust));
  return Buffer.concat([...parts, wire(last)]);
}

/**
 * A peer that sends what it was given, all at once or byte by byte, whatever it is told; for what no
 * real daemon can be brought to send. It keeps what it was told, and hangs up in the end if asked to.
 */
export class ScriptedPeer {
  readonly streams: ByteStreams;
  readonly #told: Buffer[] = [];
  readonly #duplex: Duplex;

  constructor(script: Uint8Array, { hangUp = false, piece = script.length } = {}) {
    this.#duplex = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        this.#told.push(chunk);
        done();
      },
    });
    for (let at = 0; at < script.length; at += piece) this.say(script.subarray(at, at + piece));
    if (hangUp) this.#duplex.push(null);
    this.streams = {
      input: this.#duplex,
      output: this.#duplex,
      destroy: (error) => void this.#duplex.destroy(error),
    };
  }

  say(bytes: Uint8Array): void {
    this.#duplex.push(bytes);
  }

  get told(): Buffer {
    return Buffer.concat(this.#told);
  }

  get destroyed(): boolean {
    return this.#duplex.destroyed;
  }
}
