// What every JavaScript runtime has and the language's own library does not declare. The pure
// packages load no Node types, so that nothing of Node can slip in.
export {};

declare global {
  class TextDecoder {
    constructor(label?: string, options?: { fatal?: boolean });
    decode(input?: Uint8Array): string;
  }
  class TextEncoder {
    encode(input?: string): Uint8Array;
  }
}
