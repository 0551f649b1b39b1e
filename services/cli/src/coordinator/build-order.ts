import { resolve } from 'node:path';
import type { BuildOrder } from '@dispatch/coordinator/messages/build-order';
import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import type { BuildFlags } from '../build/build-flags.ts';
import { buildSettings, keepsGoing } from '../build/setting-flags.ts';
import { wantedLinks } from '../build/wanted-links.ts';
import { readGroupsFile } from '../world/groups-file.ts';
import { userEnvironment } from './user-environment.ts';

/** What the user wants built, with everything about the user that a coordinator cannot know. Throws `bad-file`. */
export async function buildOrder(
  roots: readonly RequestedRoot[],
  flags: BuildFlags,
): Promise<BuildOrder> {
  const { store, builders, farm, maxJobs, connectTimeout, buildersUseSubstitutes } = flags;
  return {
    roots,
    links: wantedLinks(flags),
    keepGoing: keepsGoing(flags),
    priority: flags.priority,
    settings: buildSettings(flags),
    groups: await readGroupsFile(flags),
    world: {
      store,
      builders,
      farm: farm === undefined ? undefined : resolve(farm),
      maxJobs,
      connectTimeout,
      buildersUseSubstitutes,
      folder: process.cwd(),
      environment: userEnvironment(),
    },
  };
}
