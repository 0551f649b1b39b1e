import type { Command } from 'commander';
import { keptLogs } from '../build/log-folders.ts';
import { each, positive } from '../flags/argument.ts';
import { defineTry } from '../group/define-try.ts';
import { defineLibrary } from '../group/group-library.ts';
import { groupLog } from '../group/group-log.ts';
import { groupStatus } from '../group/group-status.ts';
import { helpText } from '../show/help-text.ts';
import { defineLedgerFlags } from '../subjects/subject-flags.ts';

/** `dispatch group`: what became of tests on several machines, and which of them are flaky. */
export function define(command: Command): void {
  command
    .description(
      'Tells of groups: derivations that begin together on several machines, and count together or not ' +
        'at all. They are built by building what joins them.',
    )
    .enablePositionalOptions()
    .addHelpText('after', helpText(examples));
  defineStatus(command.command('status'));
  defineLog(command.command('log'));
  defineTry(command.command('try'));
  defineLibrary(command.command('library'));
}

const examples = `
docs/groups.md leads from two derivations to a group, docs/rendezvous.md tells how its members meet.

Examples:
  $ dispatch group library > dispatch-groups.nix
  $ dispatch build -f . -A can-bus-hil
  $ dispatch group log can-bus-hil
  $ dispatch group try -f . -A can-bus-hil --runs 20`;

const attemptHelp = `
A group is named by its name (dispatchGroup) or by the id of an attempt, of which the first 8 characters
will do.`;

function defineStatus(command: Command): void {
  const help = `${attemptHelp}

Only what is 'committed' counts: all members ended well in one attempt, and that is written down. 'failed'
is a member's fault, 'lost' a machine's; 'interrupted' is what nobody ended, and counts for nothing either.

Exit codes: 0 also when it failed; 1 an error, or no such group.

Examples:
  $ dispatch group status
  $ dispatch group status can-bus-hil
  $ dispatch group status 3f9a2c1b --json | jq -r '.attempts[].cause.reason'`;
  defineLedgerFlags(
    command.description('Lists attempts of groups, the newest first; of one, tells all.'),
  )
    .argument('[group]', 'its name, or the id of an attempt')
    .option('-n, --limit <number>', 'no more than so many', positive, usualLimit)
    .addHelpText('after', helpText(help))
    .action(groupStatus);
}

const usualLimit = 20;

function defineLog(command: Command): void {
  const help = `${attemptHelp} Of a name it is the newest attempt.

Each line has its time in seconds since the members began, who it was, and '>' for what a build printed,
'=' for what it asked of the others by the group's socket, '*' for what concerns all. The logs
${keptLogs} are kept; --json tells in which file, whose lines have Unix
milliseconds instead.

Examples:
  $ dispatch group log can-bus-hil
  $ dispatch group log 3f9a2c1b --member board --member client | grep -v '>'`;
  defineLedgerFlags(
    command.description('Prints what all members printed and asked of each other, on one clock.'),
  )
    .argument('<group>', 'its name, or the id of an attempt')
    .option('--member <member>', 'only of this one; may be repeated', each)
    .addHelpText('after', helpText(help))
    .action(groupLog);
}
