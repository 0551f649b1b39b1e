import { join } from 'node:path';
import { Executor } from '@dispatch/engine/execute/executor';
import type { World } from '@dispatch/engine/world';
import { stateDirectory } from '@dispatch/ledger/default-location';
import { type BuilderOptions, chooseBuilders } from './choose-builders.ts';
import { type FarmFileOptions, withFarmFile } from './farm-file.ts';
import { readNixSettings } from './nix-conf.ts';
import { type HubOptions, openHub } from './open-hub.ts';
import { type LedgerOptions, openUserLedger } from './open-ledger.ts';

/** Every option that says what a run works with. */
export interface WorldOptions extends HubOptions, BuilderOptions, FarmFileOptions, LedgerOptions {
  /** By default what nix.conf says. */
  readonly buildersUseSubstitutes?: boolean | undefined;
}

/** Opens what a run touches and closes all of it when `use` has ended, however it ended. */
export async function withWorld<Result>(
  options: WorldOptions,
  use: (world: World) => Promise<Result>,
): Promise<Result> {
  const { store: hub, source } = openHub(options);
  const builders = await withFarmFile(chooseBuilders(options, hub), options);
  const executor = new Executor({ hub, builders });
  // It answers while the ledger is loaded; whether it does shows when it is asked for something.
  hub.facts().catch(() => {});
  const ledger = await openUserLedger(options);
  const settings = readNixSettings(process.env);
  const buildersSubstitute =
    options.buildersUseSubstitutes ?? settings.flag('builders-use-substitutes') ?? false;
  const logFolder = join(stateDirectory(), 'logs');
  try {
    const world = { executor, source, ledger, buildersSubstitute, logFolder, now: Date.now };
    return await use(world);
  } finally {
    executor.close();
    for (const { store } of builders) store.close();
    hub.close();
    await ledger.close();
  }
}
