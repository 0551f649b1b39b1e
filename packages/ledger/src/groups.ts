import type { GroupAttempt, GroupEnding, RecordedAttempt } from './group-attempt.ts';

/**
 * What was tried of groups. An attempt counts by its commit record alone: whatever else is found of
 * it, in stores or here, is the remains of a failure. The newest 9,500 to 10,000 attempts are kept; a commit
 * record that is the last of its group outlives attempts that nothing hangs on.
 */
export interface Groups {
  /**
   * Before any member starts: on disk when it resolves, so that no later attempt meets this one's
   * paths. Throws `duplicate-attempt` when the key has had the mark, `bad-attempt` for what breaks
   * the rules of an attempt.
   */
  begin(attempt: GroupAttempt): Promise<void>;

  /**
   * Once and for ever: on disk when it resolves. Throws `attempt-ended` for one that has ended in
   * whatever way, `unknown-attempt`, and `bad-attempt` for a commit that lacks a member or an output.
   */
  end(key: string, mark: string, ending: GroupEnding): Promise<void>;

  /** The attempts of each of these keys that has any, oldest first. */
  ofKeys(keys: readonly string[]): Promise<ReadonlyMap<string, readonly RecordedAttempt[]>>;

  /**
   * Those whose id begins with the text (8 characters of it or more), or whose name it is, or all where
   * there is none; newest first.
   */
  find(text: string | undefined, limit: number): Promise<readonly RecordedAttempt[]>;
}

/** Characters of an id that say which one is meant. */
const shortestId = 8;

/** Whether a text in somebody's hand means this attempt: its group's name, or the beginning of its id. */
export function isMeant(
  { id, name }: Pick<GroupAttempt, 'id' | 'name'>,
  text: string | undefined,
): boolean {
  if (text === undefined) return true;
  return name === text || (text.length >= shortestId && id.startsWith(text));
}
