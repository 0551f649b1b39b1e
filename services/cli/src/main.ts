import { Command } from 'commander';
import { commands } from './command-table.ts';
import { fail } from './fail.ts';
import { helpText, helpWidth } from './show/help-text.ts';
import { release } from './version.ts';

const examples = `
Examples:
  $ dispatch build -f . -A hello --builders 'ssh-ng://me@big x86_64-linux - 8'
  $ dispatch poison ./result --reason 'built on a faulty board'
  $ dispatch check ./result`;

async function main(words: readonly string[]): Promise<void> {
  const program = new Command('dispatch')
    .description('Builds with Nix on many machines, and can take back a bad success.')
    .version(release())
    .addHelpText('after', helpText(examples))
    .configureHelp({ helpWidth: helpWidth() })
    // What follows the name of a command is its own, also where the one above it has the same option.
    .enablePositionalOptions()
    .exitOverride();
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).summary(summary);
    if (words.includes(name)) (await load()).define(command);
  }
  tellFaults(program, 'dispatch');
  await program.parseAsync(words, { from: 'user' });
}

/** What is wrong with the words of a command line, in one line, for this command and those below it. */
function tellFaults(command: Command, called: string): void {
  command.configureOutput({
    outputError: (text, write) => {
      const fault = text
        .replace(/^error: /, '')
        .trim()
        .replace(/\.$/, '');
      write(`dispatch: ${fault.replaceAll('\n', ' ')}; see ${called} --help\n`);
    },
  });
  for (const below of command.commands) tellFaults(below, `${called} ${below.name()}`);
}

/** `help ledger show` as `ledger show --help`: what commander would do by itself knows one word. */
function asOption([first, ...others]: readonly string[]): readonly string[] {
  if (first === undefined) return [];
  return first === 'help' ? [...others, '--help'] : [first, ...others];
}

void main(asOption(process.argv.slice(2))).catch(fail);
