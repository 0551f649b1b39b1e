/** A NAR out of a store: whole, where all of it has arrived, else in pieces as they come. */
export type ReceivedNar = Uint8Array | AsyncIterable<Uint8Array>;
