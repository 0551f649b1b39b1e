import { attemptEnded, duplicateAttempt, unknownAttempt } from '../errors.ts';
import type { GroupAttempt, GroupEnding, RecordedAttempt } from '../group-attempt.ts';
import { checkedAttempt, checkedEnding } from '../group-rules.ts';
import { type Groups, isMeant } from '../groups.ts';
import { attemptsToDrop, type Retention } from '../retention.ts';

/** Attempts of groups in this process's memory: the plainest implementation of the port. */
export class MemoryGroups implements Groups {
  readonly #retention: Retention;
  /** Oldest first. */
  #attempts: readonly RecordedAttempt[] = [];

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  async begin(attempt: GroupAttempt): Promise<void> {
    const { key, mark } = attempt;
    if (this.#find(key, mark) !== undefined) throw duplicateAttempt(key, mark);
    const begun = { ...checkedAttempt(attempt), state: 'running', ending: undefined } as const;
    const all = [...this.#attempts, begun];
    const dropped = new Set(attemptsToDrop(all, this.#retention));
    this.#attempts = all.filter((each) => !dropped.has(each));
  }

  async end(key: string, mark: string, ending: GroupEnding): Promise<void> {
    const attempt = this.#find(key, mark);
    if (attempt === undefined) throw unknownAttempt(key, mark);
    if (attempt.ending !== undefined) throw attemptEnded(key, mark, attempt.ending.type);
    const checked = checkedEnding(attempt, ending);
    const ended = { ...attempt, state: checked.type, ending: checked };
    this.#attempts = this.#attempts.map((each) => (each === attempt ? ended : each));
  }

  async ofKeys(keys: readonly string[]): Promise<ReadonlyMap<string, readonly RecordedAttempt[]>> {
    const found = [...new Set(keys)].map((key) => [key, this.#ofKey(key)] as const);
    return new Map(found.filter(([, attempts]) => attempts.length > 0));
  }

  async find(text: string | undefined, limit: number): Promise<readonly RecordedAttempt[]> {
    const found = this.#attempts.filter((attempt) => isMeant(attempt, text));
    return found.toReversed().slice(0, limit);
  }

  #ofKey(key: string): readonly RecordedAttempt[] {
    return this.#attempts.filter((each) => each.key === key);
  }

  #find(key: string, mark: string): RecordedAttempt | undefined {
    return this.#ofKey(key).find((each) => each.mark === mark);
  }
}
