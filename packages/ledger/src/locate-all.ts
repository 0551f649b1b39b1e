import type { StorePath } from '@dispatch/nix/store-path';
import type { HistoryId } from './history-tables.ts';
import type { Identity } from './identity.ts';

/** Finds the history that a path is in. */
export type Locate = (path: StorePath) => HistoryId | undefined;

/** The histories that the identity's paths are in, each once. */
export function locateAll(locate: Locate, identity: Identity): readonly HistoryId[] {
  const first = locate(identity.drvPath);
  let found: readonly HistoryId[] = first === undefined ? noHistories : [first];
  for (const path of identity.outputPaths) {
    const history = locate(path);
    if (history !== undefined && !found.includes(history)) found = [...found, history];
  }
  return found;
}

/** Shared, since nearly every one of the thousands of derivations that a build looks up has none. */
const noHistories: readonly HistoryId[] = [];
