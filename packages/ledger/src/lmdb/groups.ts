import { attemptEnded, duplicateAttempt, unknownAttempt } from '../errors.ts';
import type { AttemptState, GroupAttempt, GroupEnding, RecordedAttempt } from '../group-attempt.ts';
import { type Groups, isMeant } from '../groups.ts';
import { attemptsToDrop, type Retention } from '../retention.ts';
import { AttemptTables, type StoredAttempt } from './attempt-tables.ts';
import type { LmdbEnvironment } from './environment.ts';
import { isAlive, ownMark } from './process-mark.ts';

/** Loaded only where groups are: they need what most commands do not. */
type Rules = typeof import('../group-rules.ts');
const loadRules = (): Promise<Rules> => import('../group-rules.ts');

/** Attempts of groups in LMDB. One belongs to the process that began it, as a run does. */
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
    const { checkedAttempt } = await loadRules();
    const begun = { owner: ownMark(), attempt: checkedAttempt(attempt) };
    const { key, mark } = attempt;
    this.#environment.write(() => {
      if (this.#tables.placeOf(key, mark) !== undefined) throw duplicateAttempt(key, mark);
      this.#tables.add(begun);
      this.#prune();
    });
  }

  async end(key: string, mark: string, ending: GroupEnding): Promise<void> {
    const { checkedEnding, readAttempt } = await loadRules();
    this.#environment.write(() => {
      const { place, begun, ending: before } = this.#existing(key, mark);
      if (before !== undefined) throw attemptEnded(key, mark, before.type);
      this.#tables.putEnding(place, checkedEnding(readAttempt(begun.attempt), ending));
    });
  }

  async ofKeys(keys: readonly string[]): Promise<ReadonlyMap<string, readonly RecordedAttempt[]>> {
    if (keys.length === 0) return new Map();
    const rules = await loadRules();
    return this.#environment.read(() => {
      const found = [...new Set(keys)].map((key) => [key, this.#tables.ofKey(key)] as const);
      const known = found.filter(([, attempts]) => attempts.length > 0);
      return new Map(known.map(([key, attempts]) => [key, attempts.map(recordedBy(rules))]));
    });
  }

  async find(text: string, limit: number): Promise<readonly RecordedAttempt[]> {
    const rules = await loadRules();
    return this.#environment.read(() => {
      const found: RecordedAttempt[] = [];
      for (const stored of this.#tables.newestFirst()) {
        if (found.length >= limit) break;
        if (isMeant(stored.begun.attempt, text)) found.push(recordedBy(rules)(stored));
      }
      return found;
    });
  }

  #existing(key: string, mark: string): StoredAttempt {
    const place = this.#tables.placeOf(key, mark);
    const stored = place === undefined ? undefined : this.#tables.at(place);
    if (stored === undefined) throw unknownAttempt(key, mark);
    return stored;
  }

  #prune(): void {
    if (this.#tables.count <= this.#retention.attempts) return;
    const kept = this.#tables.all().map((stored) => {
      const { key, isTrial } = stored.begun.attempt;
      return { key, isTrial, state: stateOf(stored), stored };
    });
    for (const { stored } of attemptsToDrop(kept, this.#retention)) this.#tables.remove(stored);
  }
}

function recordedBy({
  readAttempt,
  readEnding,
}: Rules): (stored: StoredAttempt) => RecordedAttempt {
  return (stored) => {
    const attempt = readAttempt(stored.begun.attempt);
    const ending = stored.ending === undefined ? undefined : readEnding(attempt, stored.ending);
    return { ...attempt, state: stateOf(stored), ending };
  };
}

function stateOf({ begun, ending }: StoredAttempt): AttemptState {
  return ending?.type ?? (isAlive(begun.owner) ? 'running' : 'interrupted');
}
