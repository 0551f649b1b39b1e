import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { messageOf } from '@dispatch/builders/errors';
import type { FarmBuilder } from '@dispatch/engine/execute/farm-builder';
import { CommandError } from '../errors.ts';

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
  const text = readText(file, farm !== undefined);
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

function readText(file: string, mustExist: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing && !mustExist) return undefined;
    const why = messageOf(cause);
    throw new CommandError('bad-file', `cannot read the farm file ${file}: ${why}`, cause);
  }
}
