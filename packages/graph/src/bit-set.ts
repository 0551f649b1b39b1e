/** A set of small whole numbers, a bit for each. It is never changed, so that many may share one. */
export type BitSet = Uint32Array;

export const emptySet: BitSet = new Uint32Array(0);

const bitsPerWord = 32;

/** The set with one number more. */
export function withNumber(set: BitSet, number: number): BitSet {
  const word = Math.floor(number / bitsPerWord);
  const larger = new Uint32Array(Math.max(set.length, word + 1));
  larger.set(set);
  larger[word] = wordAt(larger, word) | (1 << (number % bitsPerWord));
  return larger;
}

/** The numbers of both; where one of the two has them all, that very set. */
export function union(a: BitSet, b: BitSet): BitSet {
  if (contains(a, b)) return a;
  if (contains(b, a)) return b;
  const longer = a.length < b.length ? b : a;
  return longer.map((_, at) => wordAt(a, at) | wordAt(b, at));
}

/** Its numbers, the smallest first. */
export function numbersIn(set: BitSet): number[] {
  const numbers: number[] = [];
  for (const [at, word] of set.entries()) {
    for (let rest = word; rest !== 0; rest &= rest - 1) {
      numbers.push(at * bitsPerWord + lowestBit(rest));
    }
  }
  return numbers;
}

function contains(set: BitSet, part: BitSet): boolean {
  return set === part || part.every((word, at) => (word & ~wordAt(set, at)) === 0);
}

function wordAt(set: BitSet, at: number): number {
  return set[at] ?? 0;
}

/** The place of the lowest bit that is set. */
function lowestBit(word: number): number {
  return bitsPerWord - 1 - Math.clz32(word & -word);
}
