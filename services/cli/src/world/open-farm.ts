import { Executor } from '@dispatch/engine/execute/executor';
import type { FarmBuilder } from '@dispatch/engine/farm/farm-builder';
import type { DerivationSource } from '@dispatch/engine/read/derivation-source';
import { type BuilderOptions, chooseBuilders } from './choose-builders.ts';
import { type FarmFileOptions, withFarmFile } from './farm-file.ts';
import { type HubOptions, openHub } from './open-hub.ts';

/** The hub and the machines that the user means, with all connections to them. */
export interface Farm extends Disposable {
  readonly executor: Executor;
  readonly source: DerivationSource;
  readonly builders: readonly FarmBuilder[];
}

/** Opens a farm, without connecting to anything yet. Throws `bad-machine`, `bad-store-uri` and `bad-file`. */
export async function openFarm(
  options: HubOptions & BuilderOptions & FarmFileOptions,
  environment: NodeJS.ProcessEnv,
): Promise<Farm> {
  const { store: hub, source } = openHub(options, environment);
  const listed = chooseBuilders(options, hub, environment);
  const builders = await withFarmFile(listed, options, environment);
  const executor = new Executor({ hub, builders });
  return {
    executor,
    source,
    builders,
    [Symbol.dispose]: () => {
      executor.close();
      for (const { store } of builders) store.close();
      hub.close();
    },
  };
}
