import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ownFile } from '../own-file.ts';
import { helpText } from '../show/help-text.ts';
import { print } from '../show/standard-output.ts';

/** `dispatch group library`: prints the Nix file with which expressions make members and joins. */
export function defineLibrary(command: Command): void {
  command
    .description('Print the Nix file that makes derivations the members of a group.')
    .addHelpText('after', helpText(afterHelp))
    .action(() => {
      print(readFileSync(ownFile('nix/dispatch-groups.nix'), 'utf8').trimEnd());
    });
}

const afterHelp = `
The file needs nothing but Nix, and belongs beside your expressions. Its text becomes part of the members:
when it changes, they are built anew. docs/groups.md explains all of it.

Example:
  $ dispatch group library > dispatch-groups.nix`;
