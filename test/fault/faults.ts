import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { NixDaemon } from '../farm/nix-daemon.ts';
import { signalProcesses } from '../farm/processes.ts';
import type { FragileBuilder } from './fault-farm.ts';
import { FragileHub } from './fragile-hub.ts';
import type { Seeded } from './seeded.ts';

/** Something that happens to a machine, and how it is undone later. */
interface Fault<Victim> {
  strike(victim: Victim): void | Promise<void>;
  heal(victim: Victim): void | Promise<void>;
}

const nothing = (): void => {};

/** The machine stands still, as when it is suspended or swaps: its links stay up, and nothing answers. */
const freezing: Fault<Target> = {
  strike: ({ pids }) => signalProcesses(pids, 'SIGSTOP'),
  heal: ({ pids }) => signalProcesses(pids, 'SIGCONT'),
};

const linkFaults = {
  'cut link': { strike: ({ builder }) => builder.network.cut(), heal: mendLink },
  'lossy link': { strike: ({ builder }) => builder.network.lose(0.2), heal: mendLink },
  'slow link': {
    strike: ({ builder }) => builder.network.throttle(500),
    heal: ({ builder }) => builder.network.throttle(1_000_000),
  },
} as const satisfies Record<string, Fault<FragileBuilder>>;

const machineFaults = {
  'killed daemons': {
    strike: (target) => target.killSessions('nix-daemon'),
    heal: nothing,
  },
  'killed sessions': { strike: (target) => target.killSessions('sshd'), heal: nothing },
  'killed sshd': { strike: (target) => target.killSsh(), heal: (target) => target.startSsh() },
  'frozen machine': freezing,
  'power failure': { strike: (target) => target.crash(), heal: (target) => target.start() },
  'emptied store': {
    strike: async (target) => {
      await target.crash();
      await target.renewDisk();
    },
    heal: (target) => target.start(),
  },
  'full disk': { strike: ({ disk }) => disk.fill(), heal: ({ disk }) => disk.makeRoom() },
  'garbage collection': {
    strike: ({ builder }) => collectGarbage(builder.daemon),
    heal: nothing,
  },
} as const satisfies Record<string, Fault<FragileBuilder>>;

const hubFaults = {
  'killed daemon': { strike: (hub) => hub.crash(), heal: (hub) => hub.start() },
  'killed connections': { strike: (hub) => hub.hangUp(), heal: nothing },
  'frozen daemon': freezing,
  'garbage collection': { strike: ({ daemon }) => collectGarbage(daemon), heal: nothing },
} as const satisfies Record<string, Fault<FragileHub>>;

/** A fault as it was drawn: what, at whom, and for how long. */
export interface ThrownFault {
  readonly name: string;
  readonly target: Target;
  readonly ms: number;
  readonly strike: () => void | Promise<void>;
  readonly heal: () => void | Promise<void>;
}

/** What faults are thrown at. */
export type Target = FragileBuilder | FragileHub;

/** Draws a fault for one of the machines. */
export function drawFault(random: Seeded, targets: readonly Target[]): ThrownFault {
  const target = random.pick(targets);
  return target instanceof FragileHub
    ? drawOf(hubFaults, target, random)
    : drawOf({ ...linkFaults, ...machineFaults }, target, random);
}

function drawOf<T extends Target>(
  faults: Readonly<Record<string, Fault<T>>>,
  target: T,
  random: Seeded,
): ThrownFault {
  const [name, fault] = random.pick(Object.entries(faults));
  return {
    name,
    target,
    ms: random.between(300, 5000),
    strike: () => fault.strike(target),
    heal: () => fault.heal(target),
  };
}

function mendLink({ builder }: FragileBuilder): void {
  builder.network.mend();
}

/**
 * Collects garbage, as the machine's owner may at any moment; it does not matter if that fails, with the disk
 * full or the machine down.
 */
async function collectGarbage({ localUri, confDir }: NixDaemon): Promise<void> {
  const env = { ...process.env, NIX_CONF_DIR: confDir };
  await promisify(execFile)('nix-store', ['--gc', '--store', localUri], { env }).catch(nothing);
}
