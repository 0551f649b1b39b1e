import type { Payload } from './call.ts';

/** Whether two messages have the same pairs in the same order. */
export function areSamePayloads(one: Payload, other: Payload): boolean {
  return JSON.stringify([...one]) === JSON.stringify([...other]);
}

/** Whether two files are the same. */
export function areSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** The bytes that a message counts for in the limit of all messages: never less than it takes. */
export function payloadBytes(payload: Payload): number {
  let bytes = 0;
  for (const [key, value] of payload) bytes += 2 * (key.length + value.length);
  return bytes;
}
