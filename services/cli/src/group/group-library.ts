import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ownFile } from '../own-file.ts';
import { helpText } from '../show/help-text.ts';
import { print } from '../show/standard-output.ts';

/** `dispatch group library`: what makes members and joins in an expression. */
export function defineLibrary(command: Command): void {
  command
    .description('Prints a Nix file that makes derivations the members of a group.')
    .addHelpText('after', helpText(afterHelp))
    .action(() => {
      print(readFileSync(ownFile('nix/dispatch-groups.nix'), 'utf8').trimEnd());
    });
}

const afterHelp = `
The file needs nothing but Nix, and belongs beside your expressions. What is in it is part of what its
members are: when it changes, they are built anew. docs/groups.md goes through all of it.

Example:
  $ dispatch group library > dispatch-groups.nix`;
