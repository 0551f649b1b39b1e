/** Most items in a block: few enough to be moved at once, enough to need few blocks. */
const mostInBlock = 64;

/**
 * Items in order of their priority, inserted and removed in logarithmic time. They are stored in
 * blocks of neighbours, so that looking at more than the first one is cheap. No two items may
 * compare as equal, or their order would depend on history.
 */
export class PriorityQueue<Item> {
  readonly #compare: (a: Item, b: Item) => number;
  /** The blocks in order; none is empty. */
  readonly #blocks: Item[][] = [];
  readonly #blockOf: Map<Item, Item[]> = new Map();

  /** `compare` is below 0 when `a` comes before `b`. */
  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#blockOf.size;
  }

  has(item: Item): boolean {
    return this.#blockOf.has(item);
  }

  first(): Item | undefined {
    return this.#blocks[0]?.[0];
  }

  /** All items, in order. */
  items(): readonly Item[] {
    return this.#blocks.flat();
  }

  /** The item at a position, counted from 0; cheap for small positions. */
  at(place: number): Item | undefined {
    let left = place;
    for (const block of this.#blocks) {
      if (left < block.length) return block[left];
      left -= block.length;
    }
    return undefined;
  }

  /** The first `count` accepted items, in order; cheap if few before them are rejected. */
  firstFew(count: number, accepts: (item: Item) => boolean): readonly Item[] {
    const found: Item[] = [];
    for (const block of this.#blocks) {
      for (const item of block) {
        if (found.length === count) return found;
        if (accepts(item)) found.push(item);
      }
    }
    return found;
  }

  /** Inserts the item, or moves it to its new place when its priority has changed. */
  put(item: Item): void {
    this.delete(item);
    const block = this.#blockFor(item);
    block.splice(this.#placeIn(block, item), 0, item);
    this.#blockOf.set(item, block);
    if (block.length > mostInBlock) this.#split(block);
  }

  /** Removes the item if it is there. */
  delete(item: Item): void {
    const block = this.#blockOf.get(item);
    if (block === undefined) return;
    this.#blockOf.delete(item);
    block.splice(block.indexOf(item), 1);
    if (block.length === 0) this.#blocks.splice(this.#blocks.indexOf(block), 1);
  }

  /** The block that the item belongs in: the first that does not end before it, else the last. */
  #blockFor(item: Item): Item[] {
    const at = firstPlace(this.#blocks.length, (place) => {
      const last = this.#blocks[place]?.at(-1) as Item;
      return this.#compare(last, item) > 0;
    });
    const known = this.#blocks[Math.min(at, this.#blocks.length - 1)];
    if (known !== undefined) return known;
    const block: Item[] = [];
    this.#blocks.push(block);
    return block;
  }

  #placeIn(block: readonly Item[], item: Item): number {
    return firstPlace(block.length, (place) => this.#compare(block[place] as Item, item) > 0);
  }

  #split(block: Item[]): void {
    const second = block.splice(mostInBlock / 2);
    for (const item of second) this.#blockOf.set(item, second);
    this.#blocks.splice(this.#blocks.indexOf(block) + 1, 0, second);
  }
}

/** The first of `count` places with `isBehind`, which must hold for all after it; else `count`. */
function firstPlace(count: number, isBehind: (place: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBehind(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
