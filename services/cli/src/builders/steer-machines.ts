import { ask } from '@dispatch/coordinator/client/ask';
import { findCoordinator } from '@dispatch/coordinator/client/reach';
import { steerBuilders } from '@dispatch/coordinator/client/steer-builders';
import type { Steering } from '@dispatch/engine/farm/steering';
import { userReach } from '../coordinator/user-reach.ts';
import { machineName } from '../show/machine-name.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';
import { withdrawnBuilders } from '../world/withdrawn-builders.ts';
import { type MachineOptions, machineUris, urisOf } from './machine-uris.ts';

/** Takes machines out of use, or back into use, given by the names that people use. Throws `bad-argument`. */
export async function steerMachines(
  names: readonly string[],
  steering: Steering,
  options: MachineOptions & LedgerOptions,
): Promise<void> {
  const reach = userReach(options);
  const connection = await findCoordinator(reach);
  const inUse = connection && (await ask(connection, { type: 'machines' }, 'machines')).builders;
  const withdrawn = (await withdrawnBuilders(options)).map(({ builder }) => builder);
  const known = [...new Set([...machineUris(options), ...(inUse ?? []), ...withdrawn])];
  const uris = [...new Set(names.flatMap((name) => urisOf(name, known)))];
  await steerBuilders(reach, uris, steering, say);
  for (const name of new Set(uris.map(machineName))) say(`${name} ${told[steering]}`);
}

function say(text: string): void {
  process.stderr.write(`dispatch: ${text}\n`);
}

const told: Readonly<Record<Steering, string>> = {
  drain: 'finishes what it has, and gets nothing more until it is resumed',
  skip: 'gets nothing more until it is resumed; what it has goes elsewhere',
  resume: 'is in use',
};
