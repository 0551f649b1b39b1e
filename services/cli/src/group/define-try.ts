import type { Command } from 'commander';
import { defineSettingFlags } from '../build/setting-flags.ts';
import { positive, priority } from '../flags/argument.ts';
import { defineRootFlags } from '../roots/root-flags.ts';
import { helpText } from '../show/help-text.ts';
import { defineWorldFlags, machinesHelp } from '../world/world-flags.ts';
import { tryGroup } from './try-group.ts';

const usualRuns = 10;

const help = `
Each trial builds all members anew, under new paths. The join is not built, nothing is copied home, and no
build uses the results. A member's share is that of the trials in which it passed or failed itself: that it
was stopped because another failed says nothing of it.

The options of a build, and --groups, say where the members may run. A member that fails on one machine and
passes on others points to that machine; one that fails everywhere, to the test.
${machinesHelp}

Exit codes: 0 every trial passed; 3 some passed and some did not; 4 none passed; 1 an error; 130 after Ctrl-C.

Examples:
  $ dispatch group try -f . -A can-bus-hil --runs 20
  $ dispatch group try .#can-bus-hil --json | jq -r '.members[] | select(.failed > 0) | .builder'`;

/** `dispatch group try`: runs groups several times. */
export function defineTry(command: Command): void {
  command.description(
    'Run a group several times, only to see how often it passes, and so tell a flaky machine from a ' +
      'flaky test.',
  );
  defineRootFlags(command);
  defineWorldFlags(command);
  defineSettingFlags(command);
  command
    .option('--runs <number>', 'number of trials', positive, usualRuns)
    .option('--priority <priority>', 'priority of the trials; see dispatch build', priority)
    .option('-L, --print-build-logs', 'show what members print, and ask of each other')
    .option('--json', 'print the result as one JSON object')
    .option('-q, --quiet', 'show the result only')
    .option('--debug', 'write every event as a line of JSON to standard error')
    .addHelpText('after', helpText(help))
    .action(tryGroup);
}
