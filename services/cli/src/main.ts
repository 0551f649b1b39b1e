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
    .description('Build with Nix on many machines, and take bad results back.')
    .version(release())
    .addHelpText('after', helpText(examples))
    .configureHelp({ helpWidth: helpWidth() })
    // An option after the name of a command belongs to it, even if the command above has the same option.
    .enablePositionalOptions()
    .exitOverride();
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).summary(summary);
    if (words.includes(name)) (await load()).define(command);
  }
  tellFaults(program, 'dispatch');
  await program.parseAsync(words, { from: 'user' });
}

/** Makes this command and its subcommands report a mistake in the command line in one line. */
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

/** Turns `help ledger show` into `ledger show --help`: commander's own `help` takes one word only. */
function asOption([first, ...others]: readonly string[]): readonly string[] {
  if (first === undefined) return [];
  return first === 'help' ? [...others, '--help'] : [first, ...others];
}

void main(asOption(process.argv.slice(2))).catch(fail);
