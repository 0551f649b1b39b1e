import type { StorePath } from '@dispatch/nix/store-path';

/**
 * What is known of a run while it goes on: all that is shown, kept so that nothing has to be searched
 * for. It belongs to `reduce`, which changes it in place.
 */
export interface LiveState {
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Undefined until it is known what has to be done. */
  plan: LivePlan | undefined;
  /** Slots by builder, without builders that cannot be used. */
  readonly slots: Map<string, number>;
  /** Builders that were called and have not answered. */
  readonly called: Set<string>;
  /** Serials by rewritten `.drv` path, until the plan is there. */
  readonly serials: Map<StorePath, number>;
  readonly counts: Counts;
  /** In the order in which they began. */
  readonly running: Set<LiveStep>;
  /** Groups that are not over, by the path that events give for each. */
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
  /** Milliseconds that the steps that are not over took the last time, as far as known. */
  remainingMs: number;
  /** How many of these steps have a known duration, and how many have none. */
  remembered: number;
  unremembered: number;
}

export interface LivePlan {
  readonly steps: ReadonlyMap<StorePath, LiveStep>;
}

/** Steps by where they stand. */
export interface Counts {
  waiting: number;
  /** Those of the waiting steps that wait for nothing but a builder. */
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
   * Milliseconds from its beginning to the end of the longest chain of dependants, as far as durations are
   * known, and one more for each step of the chain.
   */
  tailMs: number;
  /** The steps that depend on it, the largest `tailMs` first. */
  readonly dependants: LiveStep[];
  stage: Stage;
  /** How many of its dependencies are not built yet. */
  waitsFor: number;
  attempt: LiveAttempt | undefined;
  /** The group that it is a member of, while that is not over. */
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

/** A step while it is on a builder. Phase and line are a builder's words, cut to a few thousand characters, and may be hostile. */
export interface LiveAttempt {
  readonly builder: string;
  /** When it was started or, if its inputs were copied then, when they had arrived; Unix milliseconds. */
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
