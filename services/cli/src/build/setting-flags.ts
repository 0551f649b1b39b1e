import type { BuildSettings } from '@dispatch/engine/execute/build-settings';
import type { Command } from 'commander';
import { CommandError } from '../errors.ts';
import { each, wholeNumber } from '../flags/argument.ts';
import { splitPair, takePairs } from '../flags/word-pairs.ts';
import type { BuilderOptions } from '../world/choose-builders.ts';
import { readNixSettings } from '../world/nix-conf.ts';
import { flagIn, jobsIn, wholeNumberIn } from '../world/setting-values.ts';

/** The options for how builds are done, as commander hands them over. */
export interface SettingFlags extends BuilderOptions {
  readonly timeout?: number;
  readonly maxSilentTime?: number;
  readonly cores?: number;
  readonly option?: readonly string[];
}

/** Defines the options for how builds are done, under the names that they have in `nix-build`. */
export function defineSettingFlags(command: Command): void {
  takePairs(command, ['--option']);
  command
    .option('--timeout <seconds>', 'end a build that takes longer', wholeNumber)
    .option(
      '--max-silent-time <seconds>',
      'end a build that prints nothing for this long',
      wholeNumber,
    )
    .option('--cores <number>', 'NIX_BUILD_CORES of builds; 0 for all cores', wholeNumber)
    .option('--option <name> <value>', `set one of ${allowed.join(', ')}, as in nix.conf`, each);
}

/** How the value of a setting is read, and into which flag. */
interface AllowedOption {
  readonly flag: string;
  /** Undefined for an invalid value. */
  readonly meaning: (text: string) => string | number | boolean | undefined;
  readonly needed: string;
}

const number = { meaning: wholeNumberIn, needed: 'a whole number from 0 up' };
const onOrOff = { meaning: flagIn, needed: 'true or false' };

/** The nix.conf settings that may be given by `--option`; each has an option of its own, too. */
const options: Readonly<Record<string, AllowedOption>> = {
  builders: { flag: 'builders', meaning: (text) => text, needed: 'machines' },
  'builders-use-substitutes': { flag: 'buildersUseSubstitutes', ...onOrOff },
  cores: { flag: 'cores', ...number },
  'keep-going': { flag: 'keepGoing', ...onOrOff },
  'max-jobs': { flag: 'maxJobs', meaning: jobsIn, needed: `${number.needed}, or 'auto'` },
  'max-silent-time': { flag: 'maxSilentTime', ...number },
  timeout: { flag: 'timeout', ...number },
};
const allowed: readonly string[] = Object.keys(options);

/**
 * The flags, with each `--option NAME VALUE` put in the flag that the setting has of its own, unless that
 * is given, too. Throws `bad-argument` for every other name: dispatch is a trusted user on the builders,
 * and for such a user most of Nix's settings amount to being root.
 */
export function withOptions<Flags extends SettingFlags>(flags: Flags): Flags {
  const given = (flags.option ?? []).map(splitPair).map(([name, value]) => valueOf(name, value));
  return { ...Object.fromEntries(given), ...flags };
}

function valueOf(name: string, text: string): [string, string | number | boolean] {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) throw refusedOption(name);
  const value = option.meaning(text);
  if (value !== undefined) return [option.flag, value];
  throw new CommandError('bad-argument', `--option ${name} ${text}: it must be ${option.needed}`);
}

function refusedOption(name: string): CommandError {
  return new CommandError(
    'bad-argument',
    `--option ${name} is not passed on to builders, which would trust it; what can be set from here is ` +
      `${allowed.join(', ')}. Set anything else in the nix.conf of the builder`,
  );
}

/** Whether a failure stops only what depends on it: what the command line says, else nix.conf. */
export function keepsGoing(
  { keepGoing }: { readonly keepGoing?: boolean },
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  return keepGoing ?? readNixSettings(environment).flag('keep-going') ?? false;
}

/** How builds are done: what the command line says, else what nix.conf says. Throws `bad-file`. */
export function buildSettings(
  flags: SettingFlags,
  environment: NodeJS.ProcessEnv = process.env,
): BuildSettings {
  const settings = readNixSettings(environment);
  return {
    timeout: flags.timeout ?? settings.number('timeout'),
    maxSilentTime: flags.maxSilentTime ?? settings.number('max-silent-time') ?? 0,
    cores: flags.cores,
    hubCores: settings.number('cores'),
  };
}
