import type { StorePath } from '@dispatch/nix/store-path';

/**
 * What is known of a run while it goes on: all that is shown, and nothing that has to be searched
 * for. It belongs to `reduce`, which changes it in place.
 */
export interface LiveState {
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Undefined until it is known what has to be done. */
  plan: LivePlan | undefined;
  /** Builds at a time, by builder; those that cannot be used are not among them. */
  readonly slots: Map<string, number>;
  /** Builders that were called and have not answered. */
  readonly called: Set<string>;
  /** Serials by rewritten `.drv` path, until the plan is there. */
  readonly serials: Map<StorePath, number>;
  readonly counts: Counts;
  /** In the order in which they began. */
  readonly running: Set<LiveStep>;
  /** Groups that are not over, as events call them. */
  readonly groups: Map<StorePath, LiveGroup>;
  /** Keys of groups that were lost with a machine, and may be planned anew. */
  readonly lostGroups: Set<string>;
  /** Unix milliseconds since when the store of results is away; undefined while it is there. */
  hubAwaySince: number | undefined;
  /** In the order in which they failed. */
  readonly failed: LiveStep[];
  readonly copies: Map<number, LiveCopy>;
  /** Bytes that all copies have sent so far. */
  copiedBytes: number;
  /** Milliseconds that the steps which are not over took the last time, as far as remembered. */
  remainingMs: number;
  /** Of these steps, how many took how long, and how many nobody remembers. */
  remembered: number;
  unremembered: number;
}

export interface LivePlan {
  readonly steps: ReadonlyMap<StorePath, LiveStep>;
}

/** Steps by where they stand. */
export interface Counts {
  waiting: number;
  /** Of those that wait: they wait for nothing but a builder. */
  ready: number;
  built: number;
  failed: number;
  /** Never to be built: something that they need failed, or the run was stopped. */
  dropped: number;
}

/** Where a step stands. */
export type Stage = 'waiting' | 'running' | 'built' | 'failed' | 'dropped';

export interface LiveStep {
  readonly path: StorePath;
  readonly name: string;
  /** Undefined unless it was poisoned. */
  readonly serial: number | undefined;
  readonly expectedMs: number | undefined;
  /**
   * Milliseconds from its beginning to the end of what waits for it longest, as far as remembered; at
   * least one for each step on the way.
   */
  tailMs: number;
  /** What waits for it, the longest way to the end first. */
  readonly dependants: LiveStep[];
  stage: Stage;
  /** Of what it depends on, how much is not there yet. */
  waitsFor: number;
  attempt: LiveAttempt | undefined;
  /** Whose member it is, while that is not over. */
  group: LiveGroup | undefined;
}

/**
 * Where a group stands. `waiting`: for its inputs, or for all its places at once; `stopping`: nothing can
 * come of it, and members put things in order.
 */
export type GroupStage = 'waiting' | 'staging' | 'running' | 'stopping' | 'committing';

export interface LiveGroup {
  readonly name: string;
  readonly key: string;
  readonly id: string;
  readonly members: readonly LiveMember[];
  stage: GroupStage;
  /** When it was planned, got its places, or began, whichever was last, in Unix milliseconds. */
  since: number;
  /** Why it is stopping, in a line that names the member, and which that was. */
  cause: { readonly member: string | undefined; readonly text: string } | undefined;
}

export interface LiveMember {
  readonly name: string;
  readonly step: LiveStep;
  /** The machine that it was given; undefined while the group waits. */
  builder: string | undefined;
}

/** A step while it is on a builder. Phase and line are a builder's words: hostile, and of any length. */
export interface LiveAttempt {
  readonly builder: string;
  /** Since when it has had its inputs, as far as was told. */
  startedAt: number;
  phase: string | undefined;
  line: string | undefined;
  /** The copy that brings its inputs. */
  copy: LiveCopy | undefined;
}

export interface LiveCopy {
  readonly from: string;
  readonly to: string;
  readonly path: StorePath;
  readonly step: LiveStep | undefined;
  readonly startedAt: number;
  readonly pathsDone: number;
  readonly pathsTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly speed: Speed;
}

/** Bytes a second, measured anew about every second. */
export interface Speed {
  readonly since: number;
  readonly bytesThen: number;
  readonly bytesPerSecond: number;
}

/** Before anything has happened. */
export function initialLive(now: number): LiveState {
  return {
    startedAt: now,
    plan: undefined,
    slots: new Map(),
    called: new Set(),
    serials: new Map(),
    counts: { waiting: 0, ready: 0, built: 0, failed: 0, dropped: 0 },
    running: new Set(),
    groups: new Map(),
    lostGroups: new Set(),
    hubAwaySince: undefined,
    failed: [],
    copies: new Map(),
    copiedBytes: 0,
    remainingMs: 0,
    remembered: 0,
    unremembered: 0,
  };
}
