import type { OperationName } from './operation-number.ts';
import type { Decoder } from './wire/decoder.ts';
import type { RequestWriter } from './wire/request-writer.ts';
import type { WireInput } from './wire/wire-input.ts';

/** One operation as a connection carries it out: what is sent, and how the reply is read. */
export interface Exchange<Reply> {
  readonly operation: OperationName;
  /** Writes the fields that follow the operation's number. */
  readonly request: (out: RequestWriter) => void;
  /** What follows the fields as a stream: frames, or pieces that an old daemon asks for. */
  readonly data?: AsyncIterable<Uint8Array> | undefined;
  readonly reply: (input: WireInput) => Decoder<Reply>;
}

/** The part of an exchange that is sent. */
export type Request = Pick<Exchange<never>, 'operation' | 'request'>;

/** Asks for a NAR; `size` is the number of bytes that it must have, if known. */
export interface NarRequest extends Request {
  readonly size: number | undefined;
}

/** Exchanges without streams, which a connection carries out in their order: one for each reply. */
export type Exchanges<Replies extends readonly unknown[]> = {
  readonly [Index in keyof Replies]: Omit<Exchange<Replies[Index]>, 'data'>;
};
