/** So many items are in a block at most: few enough to be moved at once, enough that there are few blocks. */
const mostInBlock = 64;

/**
 * Items in order of their priority, put in and taken out in logarithmic time. They lie in blocks of
 * neighbours, so that whoever looks at more than the first has the others at no further cost. The
 * items must differ under `compare`, or their order would hang on history.
 */
export class PriorityQueue<Item> {
  readonly #compare: (a: Item, b: Item) => number;
  /** None is empty; each begins behind the end of the one before. */
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

  /** The item with so many before it; cheap as long as these are few. */
  at(place: number): Item | undefined {
    let left = place;
    for (const block of this.#blocks) {
      if (left < block.length) return block[left];
      left -= block.length;
    }
    return undefined;
  }

  /** The first few items that are accepted, in order; cheap as long as few before them are not. */
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

  /** Puts the item in; or moves it to its new place, when what it is compared by has changed. */
  put(item: Item): void {
    this.delete(item);
    const block = this.#blockFor(item);
    block.splice(this.#placeIn(block, item), 0, item);
    this.#blockOf.set(item, block);
    if (block.length > mostInBlock) this.#split(block);
  }

  /** Takes the item out, when it is in. */
  delete(item: Item): void {
    const block = this.#blockOf.get(item);
    if (block === undefined) return;
    this.#blockOf.delete(item);
    block.splice(block.indexOf(item), 1);
    if (block.length === 0) this.#blocks.splice(this.#blocks.indexOf(block), 1);
  }

  /** The first block that does not end before the item, else the last. */
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

/** The first of so many places that are behind, where all after it are behind too; else their number. */
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
