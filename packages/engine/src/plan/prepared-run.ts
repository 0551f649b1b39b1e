import type { StorePath } from '@dispatch/nix/store-path';
import type { RunPlanned } from '../events.ts';
import type { GroupWork } from '../groups/group-work.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import type { RunHoldings } from '../stores/run-holdings.ts';
import type { RunPlan } from './plan-run.ts';

/** A run that has been planned. */
export interface PreparedRun {
  readonly graph: RewrittenGraph;
  readonly plan: RunPlan;
  readonly announced: RunPlanned;
  /** The groups that have to be built. */
  readonly groups: readonly GroupWork[];
  /** Milliseconds that each step of the plan took when it was last built. */
  readonly durations: readonly (number | undefined)[];
  /** Keeps in the stores what the plan relies on. */
  readonly holdings: RunHoldings;
  /**
   * Derivations that cannot succeed, as an earlier round has shown: none of them is among the
   * steps, or brought to the hub.
   */
  readonly hopeless: ReadonlySet<StorePath>;
}
