/**
 * A string in which each character stands for one byte (code points 0 to 255).
 *
 * Nix's texts are bytes and need not be UTF-8. Held this way they survive unchanged, `<` orders them
 * as Nix does (by raw bytes), and V8 keeps them at one byte a character.
 */
export type ByteString = string;

// Every JavaScript runtime has these two; the pure packages load no runtime's types, so that nothing
// of Node can slip in.
declare const TextDecoder: new (
  label?: string,
  options?: { ignoreBOM: boolean },
) => { decode(input: Uint8Array): string };
declare const TextEncoder: new () => { encode(input: string): Uint8Array };

/** Bytes in either form, for functions that only read them in sequence. */
export type Bytes = ByteString | Uint8Array;

/** The bytes as a byte string, for data that came from a file or a socket. */
export function byteStringFrom(bytes: Uint8Array): ByteString {
  // Nearly everything is ASCII, which decodes many times faster this way. Bytes that are not ASCII
  // give fewer characters than bytes, or U+FFFD.
  const text = utf8.decode(bytes);
  return text.length === bytes.length && !text.includes(fault) ? text : byteByByte(bytes);
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const fault = '\ufffd';

function byteByByte(bytes: Uint8Array): ByteString {
  const chunk = 0x2000;
  let text = '';
  for (let at = 0; at < bytes.length; at += chunk) {
    text += String.fromCharCode(...bytes.subarray(at, at + chunk));
  }
  return text;
}

/** The bytes of a byte string, for what leaves the process or is hashed. */
export function bytesOf(text: ByteString): Uint8Array {
  return joinBytes([text]);
}

/** The pieces joined into one array. */
export function joinBytes(pieces: readonly Bytes[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return writeBytes(new Uint8Array(length), pieces);
}

/** Fills `target` with the pieces from its beginning, and gives it back. */
export function writeBytes(target: Uint8Array, pieces: readonly Bytes[]): Uint8Array {
  let end = 0;
  for (const piece of pieces) {
    if (typeof piece !== 'string') target.set(piece, end);
    else for (let at = 0; at < piece.length; at += 1) target[end + at] = piece.charCodeAt(at);
    end += piece.length;
  }
  return target;
}

/**
 * The first `length` bytes of `text`, followed by '...' if there are more. A shortened text is a
 * copy, since a slice would keep all of `text` in memory.
 */
export function beginningOf(text: ByteString, length: number): ByteString {
  return text.length > length ? byteStringFrom(bytesOf(`${text.slice(0, length)}...`)) : text;
}

/** The text as it is shown to people: read as UTF-8, with U+FFFD for what is not UTF-8. */
export function displayText(text: ByteString): string {
  return new TextDecoder().decode(bytesOf(text));
}

/** A JavaScript string (a name typed by a person, say) as the bytes of its UTF-8. */
export function byteStringOfText(text: string): ByteString {
  return byteStringFrom(new TextEncoder().encode(text));
}
