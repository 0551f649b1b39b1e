import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { FarmBuilder } from '@dispatch/engine/execute/farm-builder';
import { readOptionalFile } from './optional-file.ts';

/** What the command line says of the farm file. */
export interface FarmFileOptions {
  /** By default `$XDG_CONFIG_HOME/dispatch/farm.toml`, which need not be there. */
  readonly farm?: string | undefined;
}

/**
 * The machines with what Nix's syntax cannot say of them and the farm file does. What it says of
 * machines that are not among these is passed over. Throws `bad-file` with file, line and key.
 */
export async function withFarmFile(
  builders: readonly FarmBuilder[],
  { farm }: FarmFileOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<FarmBuilder[]> {
  const file = farm ?? usualFarmFile(environment);
  const mustExist = farm !== undefined;
  const text = readOptionalFile({ path: file, what: 'farm file', mustExist });
  if (text === undefined) return [...builders];
  // Few have such a file; the others need not load what reads it.
  const { parseFarm } = await import('./farm-toml.ts');
  const resources = parseFarm(text, file);
  return builders.map((builder) => {
    const own = resources.get(builder.machine.uri);
    return own === undefined
      ? builder
      : { ...builder, machine: { ...builder.machine, resources: own } };
  });
}

function usualFarmFile(environment: NodeJS.ProcessEnv): string {
  const configured = environment['XDG_CONFIG_HOME'];
  const home = environment['HOME'] ?? homedir();
  const folder =
    configured !== undefined && isAbsolute(configured) ? configured : join(home, '.config');
  return join(folder, 'dispatch', 'farm.toml');
}
