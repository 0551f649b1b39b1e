import type { RunEvent } from '@dispatch/engine/events';
import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import { newRunId } from '@dispatch/engine/run-id';
import { runIfDone } from '@dispatch/engine/run-if-done';
import { Command } from 'commander';
import { type BuildFlags, defineBuildFlags } from '../build/build-flags.ts';
import { RunTally } from '../build/run-tally.ts';
import { withOptions } from '../build/setting-flags.ts';
import { showReport } from '../build/show-report.ts';
import { stoppably } from '../build/stop-signals.ts';
import { wantedLinks } from '../build/wanted-links.ts';
import { wantsDiagnostics } from '../diagnostics.ts';
import { isPathRoot, parsePathRoot } from '../roots/path-root.ts';
import { withoutRepetition } from '../roots/requested-roots.ts';
import { plainDisplay } from '../show/plain-display.ts';
import type { RunDisplay } from '../show/run-display.ts';
import { openHub } from '../world/open-hub.ts';
import { openUserLedger } from '../world/open-ledger.ts';

/**
 * Carries out a `dispatch build` of derivations that are built already, in this very process and with
 * as little of dispatch as that takes, which is faster than starting a coordinator, or even loading
 * what builds. Returns false, with nothing printed, where something is left to build or this cannot be
 * decided here.
 */
export async function endIfDone(words: readonly string[]): Promise<boolean> {
  const asked = understood(words);
  if (asked === undefined) return false;
  let isEnded = true;
  const display = plainDisplay(asked.flags);
  await stoppably(display, async ({ signal }) => {
    isEnded = await endRun(asked, display, signal);
    signal.throwIfAborted();
    return 0;
  });
  return isEnded;
}

interface Asked {
  readonly roots: readonly RequestedRoot[];
  readonly flags: BuildFlags;
}

const unheard = { writeOut: () => {}, writeErr: () => {} };

/** The roots and flags of a build that may be decided here; undefined for other words, and wrong ones. */
function understood(words: readonly string[]): Asked | undefined {
  const command = new Command('build').exitOverride().configureOutput(unheard);
  defineBuildFlags(command);
  try {
    const { args } = command.parse(words, { from: 'user' });
    const flags = withOptions(command.opts<BuildFlags>());
    // Without roots, a file is evaluated.
    const isOurs = args.length > 0 && args.every(isPathRoot) && !wantsMore(flags);
    return isOurs ? { roots: withoutRepetition(args.map(parsePathRoot)), flags } : undefined;
  } catch {
    return undefined;
  }
}

function wantsMore({ detach, dryRun, debug, ...flags }: BuildFlags): boolean {
  const evaluated = [flags.file, flags.expr, flags.attr, flags.evalJobs];
  const evaluates = evaluated.some((one) => one !== undefined);
  return evaluates || detach === true || dryRun === true || wantsDiagnostics(debug);
}

async function endRun(
  { roots, flags }: Asked,
  display: RunDisplay,
  signal: AbortSignal,
): Promise<boolean> {
  const startedAt = Date.now();
  const { store: hub, source } = openHub(flags);
  try {
    // Where the hub is on another machine, a coordinator may be logged in there already.
    if (hub.isRemote) return false;
    const request = { id: newRunId(startedAt), roots, outLink: wantedLinks(flags)?.prefix };
    const openLedger = () => openUserLedger(flags);
    const world = { hub, source, openLedger, now: Date.now };
    const events: RunEvent[] = [];
    const onEvent = (event: RunEvent) => void events.push(event);
    const report = await runIfDone(request, world, onEvent, signal);
    if (report === undefined) return false;
    const tally = new RunTally();
    for (const event of events) {
      tally.observe(event);
      display.show(event);
    }
    showReport({ report, tookMs: Date.now() - startedAt }, tally, flags, display);
    return true;
  } finally {
    hub.close();
  }
}
