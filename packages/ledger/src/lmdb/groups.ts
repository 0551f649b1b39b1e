import { attemptEnded, duplicateAttempt, unknownAttempt } from '../errors.ts';
import type { GroupAttempt, GroupEnding, RecordedAttempt } from '../group-attempt.ts';
import type * as GroupRules from '../group-rules.ts';
import { type Groups, isMeant } from '../groups.ts';
import { attemptsToDrop, type Retention } from '../retention.ts';
import { AttemptTables, type PlacedHead } from './attempt-tables.ts';
import type { LmdbEnvironment } from './environment.ts';
import { ownMark, stateOf } from './process-mark.ts';

/**
 * Loaded only where there are groups, since these rules load code that most commands do not need.
 */
type Rules = typeof GroupRules;
const loadRules = (): Promise<Rules> => import('../group-rules.ts');

/** Attempts of groups in LMDB. As with a run, an attempt belongs to the process that began it. */
export class LmdbGroups implements Groups {
  readonly #environment: LmdbEnvironment;
  readonly #tables: AttemptTables;
  readonly #retention: Retention;

  constructor(environment: LmdbEnvironment, retention: Retention) {
    this.#environment = environment;
    this.#tables = new AttemptTables(environment);
    this.#retention = retention;
  }

  async begin(attempt: GroupAttempt): Promise<void> {
    const rules = await loadRules();
    const begun = rules.checkedAttempt(attempt);
    const { key, mark, id, name, isTrial } = begun;
    this.#environment.write(() => {
      if (this.#placed(key, mark, rules) !== undefined) throw duplicateAttempt(key, mark);
      this.#tables.add({ key, mark, id, name, isTrial, owner: ownMark() }, begun);
      this.#prune(rules);
    });
  }

  async end(key: string, mark: string, ending: GroupEnding): Promise<void> {
    const rules = await loadRules();
    this.#environment.write(() => {
      const placed = this.#placed(key, mark, rules);
      if (placed === undefined) throw unknownAttempt(key, mark);
      if (placed.head.ended !== undefined) throw attemptEnded(key, mark, placed.head.ended);
      const attempt = rules.readAttempt(placed.head, this.#tables.attempt(placed.place));
      this.#tables.end(placed, rules.checkedEnding(attempt, ending));
    });
  }

  async ofKeys(keys: readonly string[]): Promise<ReadonlyMap<string, readonly RecordedAttempt[]>> {
    if (keys.length === 0) return new Map();
    const rules = await loadRules();
    return this.#environment.read(() => {
      const found = [...new Set(keys)].map((key) => [key, this.#tables.headsOf(key)] as const);
      const known = found.filter(([, heads]) => heads.length > 0);
      return new Map(known.map(([key, heads]) => [key, this.#recorded(heads, rules)]));
    });
  }

  async find(text: string | undefined, limit: number): Promise<readonly RecordedAttempt[]> {
    const rules = await loadRules();
    return this.#environment.read(() => {
      const found: PlacedHead[] = [];
      for (const placed of this.#tables.heads('newest-first')) {
        if (found.length >= limit) break;
        if (isMeant(rules.readHead(placed.head), text)) found.push(placed);
      }
      return this.#recorded(found, rules);
    });
  }

  #placed(key: string, mark: string, { readHead }: Rules): PlacedHead | undefined {
    return this.#tables.headsOf(key).find(({ head }) => readHead(head).mark === mark);
  }

  #recorded(placed: readonly PlacedHead[], rules: Rules): readonly RecordedAttempt[] {
    return placed.map(({ place, head: stored }) => {
      const head = rules.readHead(stored);
      const attempt = rules.readAttempt(head, this.#tables.attempt(place));
      const ending = rules.readEnding(head, attempt, this.#tables.ending(place));
      return { ...attempt, state: stateOf(head.ended, head.owner), ending };
    });
  }

  #prune({ readHead }: Rules): void {
    if (this.#tables.count <= this.#retention.attempts) return;
    const kept = [...this.#tables.heads('oldest-first')].map((placed) => {
      const { key, isTrial, ended, owner } = readHead(placed.head);
      return { key, isTrial, state: stateOf(ended, owner), placed };
    });
    for (const { placed } of attemptsToDrop(kept, this.#retention)) this.#tables.remove(placed);
  }
}
