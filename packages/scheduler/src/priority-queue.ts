/**
 * A binary heap that knows where each item is, so that one can be moved or taken out in logarithmic
 * time. The items must differ under `compare`, or their order would hang on history.
 */
export class PriorityQueue<Item> {
  readonly #compare: (a: Item, b: Item) => number;
  readonly #heap: Item[] = [];
  readonly #places: Map<Item, number> = new Map();

  /** `compare` is below 0 when `a` comes before `b`. */
  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#heap.length;
  }

  has(item: Item): boolean {
    return this.#places.has(item);
  }

  first(): Item | undefined {
    return this.#heap[0];
  }

  /** All items, in no useful order. */
  items(): readonly Item[] {
    return [...this.#heap];
  }

  /** Puts the item in; or moves it to its new place, when what it is compared by has changed. */
  put(item: Item): void {
    const place = this.#places.get(item) ?? this.#heap.length;
    this.#sink(this.#rise(place, item), item);
  }

  /** Takes the item out, when it is in. */
  delete(item: Item): void {
    const place = this.#places.get(item);
    if (place === undefined) return;
    this.#places.delete(item);
    const last = this.#heap.pop();
    if (last === undefined || last === item) return;
    this.#sink(this.#rise(place, last), last);
  }

  /** The first few items that are accepted, in order; cheap as long as few before them are not. */
  firstFew(count: number, accepts: (item: Item) => boolean): readonly Item[] {
    const found: Item[] = [];
    const frontier = this.#heap.length === 0 ? [] : [0];
    while (found.length < count) {
      const place = this.#takeFirstPlace(frontier);
      if (place === undefined) break;
      const item = this.#heap[place] as Item;
      if (accepts(item)) found.push(item);
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < this.#heap.length) frontier.push(child);
      }
    }
    return found;
  }

  /** The first item and others of the first, in order: all of them where there are no more than that. */
  firstAbout(count: number): readonly Item[] {
    return this.#heap.slice(0, count).toSorted(this.#compare);
  }

  #takeFirstPlace(frontier: number[]): number | undefined {
    let best = 0;
    for (let at = 1; at < frontier.length; at += 1) {
      if (this.#isBefore(frontier[at] ?? 0, frontier[best] ?? 0)) best = at;
    }
    return frontier.splice(best, 1)[0];
  }

  #isBefore(a: number, b: number): boolean {
    return this.#compare(this.#heap[a] as Item, this.#heap[b] as Item) < 0;
  }

  #set(place: number, item: Item): void {
    this.#heap[place] = item;
    this.#places.set(item, place);
  }

  #rise(from: number, item: Item): number {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#heap[above] as Item;
      if (this.#compare(item, parent) >= 0) break;
      this.#set(place, parent);
      place = above;
    }
    this.#set(place, item);
    return place;
  }

  #sink(from: number, item: Item): void {
    let place = from;
    for (;;) {
      const child = this.#firstChild(place);
      if (child === undefined || this.#compare(this.#heap[child] as Item, item) >= 0) break;
      this.#set(place, this.#heap[child] as Item);
      place = child;
    }
    this.#set(place, item);
  }

  #firstChild(place: number): number | undefined {
    const left = 2 * place + 1;
    if (left >= this.#heap.length) return undefined;
    return left + 1 < this.#heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
  }
}
