import type { GroupAttempt, GroupEnding, RecordedAttempt } from './group-attempt.ts';

/**
 * The attempts at groups. An attempt counts only by its commit record: whatever else is found of
 * it, in stores or here, is the remains of a failure. The newest 9,500 to 10,000 attempts are kept;
 * the last commit record of a group is kept longer than attempts on which no result depends.
 */
export interface Groups {
  /**
   * Records an attempt before any of its members starts. It is on disk when this resolves, so that
   * no later attempt takes the same paths. Throws `duplicate-attempt` when the key has had the
   * mark, and `bad-attempt` for what breaks the rules of an attempt.
   */
  begin(attempt: GroupAttempt): Promise<void>;

  /**
   * Records how an attempt ended, once and for ever; it is on disk when this resolves. Throws
   * `attempt-ended` for an attempt that has ended in whatever way, `unknown-attempt`, and
   * `bad-attempt` for a commit that lacks a member or an output.
   */
  end(key: string, mark: string, ending: GroupEnding): Promise<void>;

  /** The attempts of each of these keys that has any, oldest first. */
  ofKeys(keys: readonly string[]): Promise<ReadonlyMap<string, readonly RecordedAttempt[]>>;

  /**
   * The attempts that `text` means (see `isMeant`), or all of them without a text: newest first,
   * and at most `limit`.
   */
  find(text: string | undefined, limit: number): Promise<readonly RecordedAttempt[]>;
}

/** Fewest characters of an id by which an attempt can be named. */
const shortestId = 8;

/**
 * Whether a text that a person gave means this attempt: its group's name, or the beginning of its
 * id (8 characters or more). Without a text, every attempt is meant.
 */
export function isMeant(
  { id, name }: Pick<GroupAttempt, 'id' | 'name'>,
  text: string | undefined,
): boolean {
  if (text === undefined) return true;
  return name === text || (text.length >= shortestId && id.startsWith(text));
}
