type Instruction = readonly [operation: number, ifTrue: number, ifFalse: number, operand: number];

const loadHalf = 0x28;
const loadWord = 0x20;
const jumpIfEqual = 0x15;
const jumpIfAtLeast = 0x35;
const returnValue = 0x06;

/** Where such programs find a random number from Linux: 56 beyond its own area, at -0x1000. */
const randomNumber = 2 ** 32 - 0x1000 + 56;
const etherTypeAt = 12;
const arp = 0x0806;
/** What `tc` does with a packet: 0 to let it pass, 2 to drop it without a word. */
const passOrDrop: readonly Instruction[] = [
  [returnValue, 0, 0, 0],
  [returnValue, 0, 0, 2],
];

/**
 * Drops all packets but ARP's: as with a machine beyond a router, nobody says that it cannot be reached.
 *
 * This is classic bytecode of Linux' packet filter, as `tc` takes it. netem would do the same by a word, but many
 * kernels lack it; all have this filter.
 */
export const dropAll: string = program([
  [loadHalf, 0, 0, etherTypeAt],
  [jumpIfEqual, 0, 1, arp],
  ...passOrDrop,
]);

/** Drops this share of the packets, from 0 to 1, by chance. */
export function dropSome(share: number): string {
  const threshold = Math.min(2 ** 32 - 1, Math.round(share * 2 ** 32));
  return program([[loadWord, 0, 0, randomNumber], [jumpIfAtLeast, 0, 1, threshold], ...passOrDrop]);
}

function program(instructions: readonly Instruction[]): string {
  return [instructions.length, ...instructions.map((one) => one.join(' '))].join(',');
}
