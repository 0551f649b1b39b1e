import type { World } from '@dispatch/engine/world';
import { logFolder } from '../build/log-folders.ts';
import type { BuilderOptions } from './choose-builders.ts';
import type { FarmFileOptions } from './farm-file.ts';
import { readNixSettings } from './nix-conf.ts';
import { openFarm } from './open-farm.ts';
import type { HubOptions } from './open-hub.ts';
import { type LedgerOptions, openUserLedger } from './open-ledger.ts';
import { withdrawnBuilders } from './withdrawn-builders.ts';

/** Every option that says what a run works with. */
export interface WorldOptions extends HubOptions, BuilderOptions, FarmFileOptions, LedgerOptions {
  /** By default what nix.conf says. */
  readonly buildersUseSubstitutes?: boolean | undefined;
}

/** Opens everything that a run works with, and closes it when `use` has ended, however it ended. */
export async function withWorld<Result>(
  options: WorldOptions,
  use: (world: World) => Promise<Result>,
): Promise<Result> {
  using farm = await openFarm(options, process.env);
  for (const { builder, withdrawal } of await withdrawnBuilders(options)) {
    farm.executor.steer(builder, withdrawal);
  }
  // Asked now, so that it answers while the ledger is loaded; a failure shows when the hub is used.
  farm.executor.hub.facts().catch(() => {});
  const ledger = await openUserLedger(options);
  try {
    return await use({ ...farm, ...runRules(options, process.env), ledger });
  } finally {
    await ledger.close();
  }
}

/** The part of a world that is different for each run. */
export function runRules(
  options: WorldOptions,
  environment: NodeJS.ProcessEnv,
): Pick<World, 'buildersSubstitute' | 'logFolder' | 'now'> {
  const settings = readNixSettings(environment);
  return {
    buildersSubstitute:
      options.buildersUseSubstitutes ?? settings.flag('builders-use-substitutes') ?? false,
    logFolder: logFolder(environment),
    now: Date.now,
  };
}
