import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { FragileBuilder } from './fault-farm.ts';
import type { Seeded } from './seeded.ts';

/** Something that happens to a builder, and how it is over later. */
interface Fault {
  strike(target: FragileBuilder): void | Promise<void>;
  heal(target: FragileBuilder): void | Promise<void>;
}

const nothing = (): void => {};

const linkFaults = {
  'cut link': { strike: ({ builder }) => builder.network.cut(), heal: mendLink },
  'lossy link': { strike: ({ builder }) => builder.network.lose(0.2), heal: mendLink },
  'slow link': {
    strike: ({ builder }) => builder.network.throttle(500),
    heal: ({ builder }) => builder.network.throttle(1_000_000),
  },
} as const satisfies Record<string, Fault>;

const machineFaults = {
  'killed daemons': {
    strike: (target) => target.killSessions('nix-daemon'),
    heal: nothing,
  },
  'killed sessions': { strike: (target) => target.killSessions('sshd'), heal: nothing },
  'power failure': { strike: (target) => target.crash(), heal: (target) => target.start() },
  'emptied store': {
    strike: async (target) => {
      await target.crash();
      await target.renewDisk();
    },
    heal: (target) => target.start(),
  },
  'full disk': { strike: ({ disk }) => disk.fill(), heal: ({ disk }) => disk.makeRoom() },
  'garbage collection': { strike: collectGarbage, heal: nothing },
} as const satisfies Record<string, Fault>;

const faults: Readonly<Record<string, Fault>> = { ...linkFaults, ...machineFaults };

const names = Object.keys(faults);

/** A fault as it was drawn: what, to whom, and for how long. */
export interface ThrownFault {
  readonly name: string;
  readonly target: FragileBuilder;
  readonly ms: number;
}

/** Draws a fault for one of the builders. */
export function drawFault(random: Seeded, targets: readonly FragileBuilder[]): ThrownFault {
  return {
    target: random.pick(targets),
    name: random.pick(names),
    ms: random.between(300, 5000),
  };
}

export async function strike({ name, target }: ThrownFault): Promise<void> {
  await faults[name]?.strike(target);
}

export async function heal({ name, target }: ThrownFault): Promise<void> {
  await faults[name]?.heal(target);
}

function mendLink({ builder }: FragileBuilder): void {
  builder.network.mend();
}

/** As its owner may at any moment; where the disk is full or the machine is down it cannot, which is no matter. */
async function collectGarbage({ builder }: FragileBuilder): Promise<void> {
  const { localUri, confDir } = builder.daemon;
  const env = { ...process.env, NIX_CONF_DIR: confDir };
  await promisify(execFile)('nix-store', ['--gc', '--store', localUri], { env }).catch(nothing);
}
