import { randomBytes } from 'node:crypto';
import { firstMark, type GroupKey, type MarkedGroup } from '@dispatch/graph/groups/group';
import type { GroupCommit, RecordedAttempt } from '@dispatch/ledger/group-attempt';
import type { Groups } from '@dispatch/ledger/groups';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';

/** Who knows of attempts at groups. */
export interface MarkSources {
  readonly attempts: Pick<Groups, 'ofKeys'>;
  /** The marks of those under way in this process, in which the run may take part. */
  readonly underWay: () => ReadonlyMap<GroupKey, string>;
  /** Whether an attempt is one of the run's line: trials are apart from all others. */
  readonly counts: (attempt: RecordedAttempt) => boolean;
  /** What a combination that was never tried is marked with. */
  readonly beginning: () => string;
}

/**
 * At which attempt the groups of a run are. What was committed keeps its mark, and so its paths; what
 * is under way is taken part in; a combination that was tried in vain gets a new one, so that no path
 * of that attempt is ever met again.
 */
export class GroupMarks {
  readonly #sources: MarkSources;
  readonly #marks = new Map<GroupKey, string>();
  readonly #commits = new Map<GroupKey, GroupCommit>();
  readonly #underWay = new Set<GroupKey>();

  constructor(sources: MarkSources) {
    this.#sources = sources;
  }

  /** The graph with all its groups at their marks. What stands on a group changes with it. */
  async settle(graph: RewrittenGraph): Promise<RewrittenGraph> {
    const marked = (): RewrittenGraph =>
      this.#marks.size === 0 ? graph : graph.withMarks(this.#marks);
    for (let settled = marked(); ; settled = marked()) {
      const unknown = settled.groups.map(({ key }) => key).filter((key) => !this.#marks.has(key));
      if (unknown.length === 0) return settled;
      await this.#lookUp(unknown);
    }
  }

  /** The record that a group is done, as the ledger knows it. */
  commitOf({ key }: MarkedGroup): GroupCommit | undefined {
    return this.#commits.get(key);
  }

  /** Whether it is being carried out already, and what stores hold of it is of that attempt. */
  isUnderWay({ key }: MarkedGroup): boolean {
    return this.#underWay.has(key);
  }

  /** The paths of these have been used up, or their outputs are gone: they are tried anew. */
  renew(groups: readonly MarkedGroup[]): void {
    for (const { key } of groups) {
      this.#marks.set(key, randomMark());
      this.#commits.delete(key);
    }
  }

  async #lookUp(keys: readonly GroupKey[]): Promise<void> {
    const { attempts, underWay, counts, beginning } = this.#sources;
    // Who commits in between is in the ledger before it is no longer under way.
    const live = underWay();
    const known = await attempts.ofKeys(keys);
    for (const key of keys) {
      const tried = (known.get(key) ?? []).filter(counts);
      const mark = live.get(key);
      const committed = tried.findLast(({ ending }) => ending?.type === 'committed');
      if (mark !== undefined) this.#underWay.add(key);
      else if (committed?.ending?.type === 'committed') this.#commits.set(key, committed.ending);
      const fresh = tried.length === 0 ? beginning() : randomMark();
      this.#marks.set(key, mark ?? committed?.mark ?? fresh);
    }
  }
}

/** For one run, or whoever asks what would be built. */
export function usualMarks(
  attempts: MarkSources['attempts'],
  underWay: MarkSources['underWay'] = () => new Map(),
): GroupMarks {
  return new GroupMarks({ attempts, underWay, counts: isNoTrial, beginning: () => firstMark });
}

function isNoTrial({ isTrial }: RecordedAttempt): boolean {
  return !isTrial;
}

/** For a run whose groups are tried anew, whatever is known of them but from this very run. */
export function trialMarks(attempts: MarkSources['attempts'], run: string | undefined): GroupMarks {
  const counts = (attempt: RecordedAttempt): boolean => attempt.isTrial && attempt.run === run;
  return new GroupMarks({ attempts, underWay: () => new Map(), counts, beginning: randomMark });
}

/** So that ledgers that know nothing of each other never meet on one. */
function randomMark(): string {
  return randomBytes(16).toString('hex');
}
