import type { FarmBuilder } from '@dispatch/engine/farm/farm-builder';
import { configFile } from './config-file.ts';
import { readOptionalFile } from './optional-file.ts';

/** What the command line says of the farm file. */
export interface FarmFileOptions {
  /** By default `$XDG_CONFIG_HOME/dispatch/farm.toml`, which need not be there. */
  readonly farm?: string | undefined;
}

/**
 * The machines, with what the farm file says of them and Nix's syntax cannot say. Its entries for other
 * machines are ignored. Throws `bad-file` with file, line and key.
 */
export async function withFarmFile(
  builders: readonly FarmBuilder[],
  { farm }: FarmFileOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<FarmBuilder[]> {
  const file = farm ?? configFile('farm.toml', environment);
  const mustExist = farm !== undefined;
  const text = readOptionalFile({ path: file, what: 'farm file', mustExist });
  if (text === undefined) return [...builders];
  // Few users have such a file; the others need not load what parses it.
  const { parseFarm } = await import('./farm-toml.ts');
  const entries = parseFarm(text, file);
  return builders.map((builder) => {
    const entry = entries.get(builder.machine.uri);
    return entry === undefined
      ? builder
      : { ...builder, machine: { ...builder.machine, ...entry } };
  });
}
