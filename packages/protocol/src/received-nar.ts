/** A NAR from a store: whole if all of it has arrived, else in pieces as they come. */
export type ReceivedNar = Uint8Array | AsyncIterable<Uint8Array>;
