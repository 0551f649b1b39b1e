import type { GroupPolicies } from '@dispatch/engine/groups/group-policy';
import { configFile } from './config-file.ts';
import { readOptionalFile } from './optional-file.ts';

/** What the command line says of the groups file. */
export interface GroupsFileOptions {
  /** By default `$XDG_CONFIG_HOME/dispatch/groups.toml`, which need not be there. */
  readonly groups?: string | undefined;
}

/**
 * How the user wants groups carried out; undefined where no file says so. Throws `bad-file` with file,
 * line and key.
 */
export async function readGroupsFile(
  { groups }: GroupsFileOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<GroupPolicies | undefined> {
  const path = groups ?? configFile('groups.toml', environment);
  const text = readOptionalFile({ path, what: 'groups file', mustExist: groups !== undefined });
  if (text === undefined) return undefined;
  // Few users have such a file; the others need not load what parses it.
  const { parseGroups } = await import('./groups-toml.ts');
  return parseGroups(text, path);
}
