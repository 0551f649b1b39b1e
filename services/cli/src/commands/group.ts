import type { Command } from 'commander';
import { keptLogs } from '../build/log-folders.ts';
import { each, positive } from '../flags/argument.ts';
import { defineTry } from '../group/define-try.ts';
import { defineLibrary } from '../group/group-library.ts';
import { groupLog } from '../group/group-log.ts';
import { groupStatus } from '../group/group-status.ts';
import { helpText } from '../show/help-text.ts';
import { defineLedgerFlags } from '../subjects/subject-flags.ts';

/** `dispatch group`: shows how tests on several machines went, and finds out which are flaky. */
export function define(command: Command): void {
  command
    .description(
      'Inspect and try groups: derivations that start together on several machines, and succeed or fail ' +
        'as one. To run a group, build its join.',
    )
    .enablePositionalOptions()
    .addHelpText('after', helpText(examples));
  defineStatus(command.command('status'));
  defineLog(command.command('log'));
  defineTry(command.command('try'));
  defineLibrary(command.command('library'));
}

const examples = `
docs/groups.md leads from two derivations to a group, docs/rendezvous.md says how its members meet.

Examples:
  $ dispatch group library > dispatch-groups.nix
  $ dispatch build -f . -A can-bus-hil
  $ dispatch group log can-bus-hil
  $ dispatch group try -f . -A can-bus-hil --runs 20`;

const attemptHelp = `
GROUP is the name of a group (dispatchGroup), or the id of one of its attempts, of which the first 8
characters will do.`;

function defineStatus(command: Command): void {
  const help = `${attemptHelp}

Only a 'committed' attempt counts: all its members succeeded, and the ledger has recorded that. 'failed'
is a member's fault, 'lost' a machine's; an 'interrupted' attempt was ended by nobody, since whoever
carried it out is gone.

Exit codes: 0 also when an attempt failed; 1 an error, or no such group.

Examples:
  $ dispatch group status
  $ dispatch group status can-bus-hil
  $ dispatch group status 3f9a2c1b --json | jq -r '.attempts[].cause.reason'`;
  defineLedgerFlags(
    command.description('List attempts of groups, the newest first, or show one in full.'),
  )
    .argument('[group]', 'name of a group, or id of an attempt')
    .option('-n, --limit <number>', 'how many attempts to list at most', positive, usualLimit)
    .addHelpText('after', helpText(help))
    .action(groupStatus);
}

const usualLimit = 20;

function defineLog(command: Command): void {
  const help = `${attemptHelp} A name stands for the newest attempt.

Each line has its time in seconds since the members began, the member, and '>' for what its build printed,
'=' for a call that it made through the group's socket, '*' for what concerns all. The logs
${keptLogs} are kept; --json names the file, whose lines have Unix
milliseconds instead.

Examples:
  $ dispatch group log can-bus-hil
  $ dispatch group log 3f9a2c1b --member board --member client | grep -v '>'`;
  defineLedgerFlags(
    command.description('Print what all members printed and asked of each other, on one clock.'),
  )
    .argument('<group>', 'name of a group, or id of an attempt')
    .option('--member <member>', 'show only this member; may be repeated', each)
    .addHelpText('after', helpText(help))
    .action(groupLog);
}
