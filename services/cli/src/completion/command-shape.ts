import { Command } from 'commander';
import { commands } from '../command-table.ts';
import { type Source, sourcesOf } from './sources.ts';

/** What completion needs to know of a command. */
export interface CommandShape {
  /** `ledger show`; empty for the program itself. */
  readonly path: string;
  readonly summary: string;
  readonly options: readonly OptionShape[];
  /** What its arguments may be. */
  readonly sources: readonly Source[];
  /** Names of its subcommands. */
  readonly subcommands: readonly string[];
}

export interface OptionShape {
  /** `-f`, `--file`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** What its values may be; empty for one that takes none. */
  readonly values: readonly (readonly Source[])[];
}

/** The program and all its commands, as they define themselves. */
export async function commandShapes(): Promise<CommandShape[]> {
  const program = new Command('');
  for (const [name, { summary, load }] of Object.entries(commands)) {
    (await load()).define(program.command(name).summary(summary));
  }
  const [top, ...below] = shapesOf(program, '');
  if (top === undefined) return below;
  const version = { flags: ['-V', '--version'], description: 'print the version', values: [] };
  return [{ ...top, options: [version, ...top.options] }, ...below];
}

function shapesOf(command: Command, path: string): CommandShape[] {
  const shown = command.options.filter(({ hidden }) => !hidden);
  const help = { flags: ['-h', '--help'], description: 'show how it is used', values: [] };
  const shape: CommandShape = {
    path,
    summary: command.summary() || firstSentence(command.description()),
    options: [
      ...shown.map(({ short, long, flags, description }) => ({
        flags: [short, long].filter((flag) => flag !== undefined),
        description,
        values: placeholdersOf(flags).map((name) => sourcesOf(path, name)),
      })),
      help,
    ],
    sources: command.registeredArguments.flatMap((argument) => sourcesOf(path, argument.name())),
    subcommands: command.commands.map((one) => one.name()),
  };
  const pathOf = (name: string): string => (path === '' ? name : `${path} ${name}`);
  return [shape, ...command.commands.flatMap((one) => shapesOf(one, pathOf(one.name())))];
}

/** The required values of an option: `--arg <name> <value>` has two, `--eval-jobs [file]` none. */
function placeholdersOf(flags: string): string[] {
  return [...flags.matchAll(/<([\w-]+)/g)].map(([, name = '']) => name);
}

function firstSentence(description: string): string {
  return description.split(/(?<=\.) /, 1)[0]?.replace(/\.$/, '') ?? '';
}
