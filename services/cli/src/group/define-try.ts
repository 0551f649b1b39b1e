import type { Command } from 'commander';
import { defineSettingFlags } from '../build/setting-flags.ts';
import { positive, priority } from '../flags/argument.ts';
import { defineRootFlags } from '../roots/root-flags.ts';
import { helpText } from '../show/help-text.ts';
import { defineWorldFlags, machinesHelp } from '../world/world-flags.ts';
import { tryGroup } from './try-group.ts';

const usualRuns = 10;

const help = `
Each trial builds all members anew, under paths that nobody met before; what joins them is not built, and
nothing is copied home or counts for any build. A member's share is of the trials in which it came to an end of
its own: one that was stopped since another failed says nothing.

Where the members may go is said as for a build, and by --groups: one that fails on one machine
and passes on others tells of that machine, one that fails everywhere of the test.
${machinesHelp}

Exit codes: 0 every trial passed; 3 some passed and some did not; 4 none passed; 1 an error; 130 after Ctrl-C.

Examples:
  $ dispatch group try -f . -A can-bus-hil --runs 20
  $ dispatch group try .#can-bus-hil --json | jq -r '.members[] | select(.failed > 0) | .builder'`;

/** Makes `dispatch group try` of a bare command. */
export function defineTry(command: Command): void {
  command.description(
    'Carries a group out several times, for nothing but to see how often it passes: to tell a flaky ' +
      'machine from a flaky test.',
  );
  defineRootFlags(command);
  defineWorldFlags(command);
  defineSettingFlags(command);
  command
    .option('--runs <number>', 'how many trials', positive, usualRuns)
    .option('--priority <priority>', "which run's builds come first; see dispatch build", priority)
    .option('-L, --print-build-logs', 'show what members print, and ask of each other')
    .option('--json', 'print one object that says what came of it')
    .option('-q, --quiet', 'show only what came of it')
    .option('--debug', 'write every event as a line of JSON to standard error')
    .addHelpText('after', helpText(help))
    .action(tryGroup);
}
