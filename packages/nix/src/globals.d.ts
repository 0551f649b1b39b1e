// What every JavaScript runtime has and the language's own library does not declare. The pure
// packages load no Node types, so that nothing of Node can slip in.
export {};

declare global {
  var TextDecoder: new (label?: string) => { decode(input?: Uint8Array): string };
  var TextEncoder: new () => { encode(input?: string): Uint8Array };
}
