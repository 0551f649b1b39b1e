import type { StorePath } from '@dispatch/nix/store-path';
import type { HistoryId, HistoryTables } from './history-tables.ts';
import { identityPaths } from './identity.ts';
import type { PoisonRecord } from './poison-record.ts';

/** Stored histories and new records that become one history when the new records are added. */
export interface JoinedHistory {
  readonly stored: readonly HistoryId[];
  readonly fresh: readonly PoisonRecord[];
}

/**
 * Finds which stored histories the new records belong to, and which of these become one: a record
 * that shares a path with two histories joins both.
 */
export function joinHistories(
  tables: HistoryTables,
  fresh: readonly PoisonRecord[],
): readonly JoinedHistory[] {
  const groups = new Groups();
  const stored = new Set<HistoryId>();
  for (const record of fresh) {
    for (const path of identityPaths(record.identity)) {
      groups.join(record, path);
      const history = tables.historyAt(path);
      if (history === undefined) continue;
      groups.join(path, history);
      stored.add(history);
    }
  }
  return collect(groups, stored, fresh);
}

function collect(
  groups: Groups,
  stored: ReadonlySet<HistoryId>,
  fresh: readonly PoisonRecord[],
): JoinedHistory[] {
  const joined = new Map<Member, { stored: HistoryId[]; fresh: PoisonRecord[] }>();
  for (const record of fresh) {
    const root = groups.rootOf(record);
    const found = joined.get(root);
    if (found === undefined) joined.set(root, { stored: [], fresh: [record] });
    else found.fresh.push(record);
  }
  for (const history of stored) joined.get(groups.rootOf(history))?.stored.push(history);
  return [...joined.values()];
}

type Member = PoisonRecord | StorePath | HistoryId;

/** Sets that grow together (union-find with path compression). */
class Groups {
  readonly #parents = new Map<Member, Member>();

  rootOf(member: Member): Member {
    let root = member;
    for (let up = this.#parents.get(root); up !== undefined; up = this.#parents.get(root)) {
      root = up;
    }
    let below = member;
    while (below !== root) {
      const up = this.#parents.get(below) ?? root;
      this.#parents.set(below, root);
      below = up;
    }
    return root;
  }

  join(a: Member, b: Member): void {
    const rootA = this.rootOf(a);
    const rootB = this.rootOf(b);
    if (rootA !== rootB) this.#parents.set(rootB, rootA);
  }
}
