import { randomBytes } from 'node:crypto';
import { firstMark, type GroupKey, type MarkedGroup } from '@dispatch/graph/groups/group';
import type { GroupCommit, RecordedAttempt } from '@dispatch/ledger/group-attempt';
import type { Groups } from '@dispatch/ledger/groups';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';

/** Where attempts of groups are known. */
export interface MarkSources {
  readonly attempts: Pick<Groups, 'ofKeys'>;
  /** The marks of attempts under way in this process, which the run may join. */
  readonly underWay: () => ReadonlyMap<GroupKey, string>;
  /** Whether an attempt matters to the run: trials are kept apart from all others. */
  readonly counts: (attempt: RecordedAttempt) => boolean;
  /** The mark of a combination that was never tried. */
  readonly beginning: () => string;
}

/**
 * Gives each group of a run its mark, and thereby its paths. A committed combination keeps its
 * mark; one that is under way is joined; one that was tried without success gets a new mark, so
 * that no path of that attempt is ever met again.
 */
export class GroupMarks {
  readonly #sources: MarkSources;
  readonly #marks = new Map<GroupKey, string>();
  readonly #commits = new Map<GroupKey, GroupCommit>();
  readonly #underWay = new Set<GroupKey>();

  constructor(sources: MarkSources) {
    this.#sources = sources;
  }

  /** The graph with all its groups at their marks. What depends on a group changes with it. */
  async settle(graph: RewrittenGraph): Promise<RewrittenGraph> {
    const marked = (): RewrittenGraph =>
      this.#marks.size === 0 ? graph : graph.withMarks(this.#marks);
    for (let settled = marked(); ; settled = marked()) {
      const unknown = settled.groups.map(({ key }) => key).filter((key) => !this.#marks.has(key));
      if (unknown.length === 0) return settled;
      await this.#lookUp(unknown);
    }
  }

  /** The commit record of a group, if the ledger has one. */
  commitOf({ key }: MarkedGroup): GroupCommit | undefined {
    return this.#commits.get(key);
  }

  /** Whether a group is under way already; what stores hold of it is then of that attempt. */
  isUnderWay({ key }: MarkedGroup): boolean {
    return this.#underWay.has(key);
  }

  /** Gives new marks to groups whose paths have been used up, or whose outputs are gone. */
  renew(groups: readonly MarkedGroup[]): void {
    for (const { key } of groups) {
      this.#marks.set(key, randomMark());
      this.#commits.delete(key);
    }
  }

  async #lookUp(keys: readonly GroupKey[]): Promise<void> {
    const { attempts, underWay, counts, beginning } = this.#sources;
    // Asked in this order: whoever commits in between is in the ledger before it is no longer under
    // way.
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

/** Marks for an ordinary run, or for whoever asks what would be built. */
export function usualMarks(
  attempts: MarkSources['attempts'],
  underWay: MarkSources['underWay'] = () => new Map(),
): GroupMarks {
  return new GroupMarks({ attempts, underWay, counts: isNoTrial, beginning: () => firstMark });
}

function isNoTrial({ isTrial }: RecordedAttempt): boolean {
  return !isTrial;
}

/** Marks for a trial, which ignores all attempts but those of this very run. */
export function trialMarks(attempts: MarkSources['attempts'], run: string | undefined): GroupMarks {
  const counts = (attempt: RecordedAttempt): boolean => attempt.isTrial && attempt.run === run;
  return new GroupMarks({ attempts, underWay: () => new Map(), counts, beginning: randomMark });
}

/** Random, so that ledgers that know nothing of each other never use the same mark. */
function randomMark(): string {
  return randomBytes(16).toString('hex');
}
