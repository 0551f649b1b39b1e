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

/** `dispatch completion`: so that a shell knows commands, options, and what they may be given. */
export function define(command: Command): void {
  command
    .description(
      'Prints a script by which a shell completes commands, options, derivations, runs and machines.',
    )
    .addArgument(new Argument('[shell]', 'which shell').choices(Object.keys(scripts)))
    .addOption(new Option('--values <source>').hideHelp())
    .addHelpText('after', helpText(help))
    .action(completion);
}

const help = `
Put the line for your shell where it reads it when it starts:
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
    // In the middle of a line that somebody types an error would only be in the way.
    for (const value of await valuesFrom(values).catch(() => [])) print(value);
    return;
  }
  const script = scripts[shell ?? ''];
  if (script === undefined) {
    throw new CommandError('bad-argument', 'say for which shell: bash, zsh or fish');
  }
  const { commandShapes } = await import('../completion/command-shape.ts');
  process.stdout.write((await script())(await commandShapes()));
}
