import type { Command } from 'commander';
import { stoppably } from '../build/stop-signals.ts';
import { planRoots } from '../plan/plan-roots.ts';
import { defineJobsFlag, defineRootFlags, type RootFlags } from '../roots/root-flags.ts';
import { helpText } from '../show/help-text.ts';
import { standardError } from '../show/terminal.ts';
import type { WorldOptions } from '../world/open-world.ts';
import { defineWorldFlags, machinesHelp } from '../world/world-flags.ts';

interface Flags extends RootFlags, WorldOptions {
  readonly store?: string;
  readonly json?: boolean;
}

/** `dispatch plan`: shows what a build would do. */
export function define(command: Command): void {
  command.description(
    'Show what a build of the roots would do, and build nothing: what is built and which machines ' +
      'could do it, what is copied from where, what is fetched, and what is there already.',
  );
  defineRootFlags(command);
  defineJobsFlag(command);
  defineWorldFlags(command);
  command
    .option('--json', 'print one JSON object')
    .addHelpText('after', helpText(afterHelp))
    .action(showPlanOf);
}

const afterHelp = `
Without roots, default.nix is planned, as nix-build would build it.
${machinesHelp}

A plan does all that a build does before the building begins: it evaluates expressions, rewrites poisoned
derivations, and asks all machines what they have. 'dispatch build --dry-run' is the same. It does not say
which of several machines gets a derivation, since that depends on how long the others take. The time is
found by playing the builds through on these machines, each as long as it took the last time; copying comes
on top.

Exit codes: 0 all of it can be built; 1 something cannot, or an error.

Examples:
  $ dispatch plan -A hello
  $ dispatch plan .#hello --builders @machines
  $ nix-eval-jobs --flake .#checks | dispatch plan --eval-jobs
  $ dispatch plan -A tests --json | jq '.build[] | select(.builders == [])'`;

async function showPlanOf(words: readonly string[], flags: Flags): Promise<void> {
  const terminal = standardError();
  await stoppably(terminal, ({ signal }) => planRoots(words, flags, terminal, signal));
}
