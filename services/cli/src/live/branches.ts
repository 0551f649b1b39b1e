import type { LiveStep } from './live-state.ts';
import type { Symbols } from './styled-line.ts';

/** A step that is shown, and below it some of the steps that wait for it. */
export interface Branch {
  readonly step: LiveStep;
  readonly children: Branch[];
  readonly depth: number;
  /** Index of the next dependant to look at. */
  next: number;
}

/** A row of the tree, with what is drawn before the step. */
export interface TreeRow {
  readonly step: LiveStep;
  readonly prefix: string;
}

/** How many dependants are looked at in one turn: some are shown elsewhere, or will never be built. */
const patience = 32;

/**
 * Picks as many running steps, and steps that wait for them, as fit into `room` rows: first those that
 * run, the longest first; then in turn for each of these its dependants, the nearest and those with the
 * longest way to the end first. A step that began after `settled` shows no dependants yet: one that is over
 * in a moment would only flicker with all its branches. The cost grows with `room`, not with the number of
 * steps.
 */
export function pickBranches(
  running: Iterable<LiveStep>,
  room: number,
  deepest: number,
  settled: number,
): readonly Branch[] {
  const roots: Branch[] = [];
  for (const step of running) {
    if (roots.length >= room) break;
    roots.push({ step, children: [], depth: 0, next: 0 });
  }
  const shown = new Set(roots.map(({ step }) => step));
  const turns = roots.filter(({ step }) => (step.attempt?.startedAt ?? 0) <= settled);
  for (const branch of turns) {
    if (shown.size >= room) break;
    const step = branch.depth < deepest ? nextDependant(branch, shown) : undefined;
    if (step === undefined) continue;
    shown.add(step);
    const child = { step, children: [], depth: branch.depth + 1, next: 0 };
    branch.children.push(child);
    // Both have another turn, after the others.
    turns.push(child, branch);
  }
  return roots;
}

function nextDependant(branch: Branch, shown: ReadonlySet<LiveStep>): LiveStep | undefined {
  const { dependants } = branch.step;
  const end = Math.min(dependants.length, branch.next + patience);
  for (let at = branch.next; at < end; at += 1) {
    const candidate = dependants[at];
    branch.next = at + 1;
    if (candidate?.stage === 'waiting' && !shown.has(candidate)) return candidate;
  }
  return undefined;
}

/** The branches as rows from top to bottom. */
export function treeRows(branches: readonly Branch[], symbols: Symbols): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = ({ step, children }: Branch, prefix: string, below: string): void => {
    rows.push({ step, prefix });
    children.forEach((child, index) => {
      const isLast = index === children.length - 1;
      const mark = isLast ? symbols.lastBranch : symbols.branch;
      add(child, below + mark, below + (isLast ? '  ' : symbols.trunk));
    });
  };
  for (const branch of branches) add(branch, '', '');
  return rows;
}
