import type { StorePath } from '@dispatch/nix/store-path';
import type { RunPlanned } from '../events.ts';
import type { GroupWork } from '../groups/group-work.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import type { RunHoldings } from '../stores/run-holdings.ts';
import type { RunPlan } from './plan-run.ts';

/** A run of which it is known what has to be done. */
export interface PreparedRun {
  readonly graph: RewrittenGraph;
  readonly plan: RunPlan;
  readonly announced: RunPlanned;
  /** Those that have to be built. */
  readonly groups: readonly GroupWork[];
  /** Milliseconds that each step of the plan took when it was last built. */
  readonly durations: readonly (number | undefined)[];
  /** What keeps in the stores what the plan relies on. */
  readonly holdings: RunHoldings;
  /** What an earlier round showed to come to nothing: none of it is among the steps, or brought home. */
  readonly hopeless: ReadonlySet<StorePath>;
}
