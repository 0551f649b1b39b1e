import { CommandError } from '../errors.ts';
import { machineName, shortMachineName } from '../show/machine-name.ts';
import { type BuilderOptions, chooseBuilders } from '../world/choose-builders.ts';
import { type HubOptions, openHub } from '../world/open-hub.ts';

/** The options that say which machines there are. */
export type MachineOptions = BuilderOptions & HubOptions;

/** The URIs of all machines that would build, this one included where it steps in. Throws `bad-machine` and `bad-file`. */
export function machineUris(options: MachineOptions): string[] {
  const { store } = openHub(options);
  const builders = chooseBuilders(options, store);
  for (const builder of builders) builder.store.close();
  store.close();
  return builders.map(({ machine }) => machine.uri);
}

/**
 * The known machines that a name stands for: a URI, a name as `dispatch builders` prints it, or one as the
 * live view shows it. There are several where lines differ only in how one machine is reached. Throws
 * `bad-argument`.
 */
export function urisOf(name: string, known: readonly string[]): readonly string[] {
  if (known.includes(name)) return [name];
  const called = known.filter((uri) => machineName(uri) === name);
  const found = called.length > 0 ? called : known.filter((uri) => shortMachineName(uri) === name);
  if (found.length > 0) return found;
  const names = [...new Set(known.map(machineName))].toSorted();
  const there = names.length === 0 ? 'there is none at all' : `there is ${names.join(', ')}`;
  throw new CommandError('bad-argument', `no machine is called '${name}': ${there}`);
}
