import { Argument, type Command, Option } from 'commander';
import type { CommandShape } from '../completion/command-shape.ts';
import type { ValueSource } from '../completion/sources.ts';
import { CommandError } from '../errors.ts';
import { helpText } from '../show/help-text.ts';
import { print } from '../show/standard-output.ts';

/** Each shell's script, loaded when it is asked for. */
const scripts: Readonly<
  Record<string, () => Promise<(shapes: readonly CommandShape[]) => string>>
> = {
  bash: async () => (await import('../completion/bash.ts')).bashScript,
  zsh: async () => (await import('../completion/zsh.ts')).zshScript,
  fish: async () => (await import('../completion/fish.ts')).fishScript,
};

/** `dispatch completion`: teaches a shell the commands, the options, and what they may be given. */
export function define(command: Command): void {
  command
    .description(
      'Print the script by which a shell completes commands, options, derivations, runs and machines.',
    )
    .addArgument(new Argument('[shell]', 'which shell').choices(Object.keys(scripts)))
    .addOption(new Option('--values <source>').hideHelp())
    .addHelpText('after', helpText(help))
    .action(completion);
}

const help = `
Add the line for your shell to the file that it reads when it starts:
  bash  ~/.bashrc                     source <(dispatch completion bash)
  zsh   ~/.zshrc, after compinit      source <(dispatch completion zsh)
  fish  ~/.config/fish/config.fish    dispatch completion fish | source`;

interface Flags {
  /** For the scripts themselves: words to offer, one a line. */
  readonly values?: ValueSource;
}

async function completion(shell: string | undefined, { values }: Flags): Promise<void> {
  if (values !== undefined) {
    const { valuesFrom } = await import('../completion/values.ts');
    // Somebody is typing a line: an error message would only disturb it.
    for (const value of await valuesFrom(values).catch(() => [])) print(value);
    return;
  }
  const script = scripts[shell ?? ''];
  if (script === undefined) {
    throw new CommandError('bad-argument', 'name the shell: bash, zsh or fish');
  }
  const { commandShapes } = await import('../completion/command-shape.ts');
  process.stdout.write((await script())(await commandShapes()));
}
