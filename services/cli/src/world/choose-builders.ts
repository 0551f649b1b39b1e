import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { DaemonStore } from '@dispatch/builders/daemon-store';
import type { Machine } from '@dispatch/builders/machine';
import { parseMachines } from '@dispatch/builders/machines-file';
import type { FarmBuilder } from '@dispatch/engine/farm/farm-builder';
import { localMachine, localSystem } from './local-machine.ts';
import { type NixSettings, nixConfDirectory, readNixSettings } from './nix-conf.ts';
import { readOptionalFile } from './optional-file.ts';

/** What the command line says of the machines that build. */
export interface BuilderOptions {
  /** In the syntax of Nix's `builders`; by default what nix.conf says, else the machines file. */
  readonly builders?: string | undefined;
  /** Builds at a time on the local daemon. */
  readonly maxJobs?: number | undefined;
  /** Seconds until a machine that does not answer counts as unreachable. */
  readonly connectTimeout?: number | undefined;
  /** The folder to which relative names of machines files belong; by default the current one. */
  readonly folder?: string | undefined;
}

/**
 * The machines of a run. If the hub is one of them, it has `hub` as its store, so that nothing is copied
 * from it to itself. Throws `bad-machine` and `bad-file`.
 */
export function chooseBuilders(
  options: BuilderOptions,
  hub: DaemonStore,
  environment: NodeJS.ProcessEnv = process.env,
): FarmBuilder[] {
  const settings = readNixSettings(environment);
  const machines = mergeSame(readMachines(options, settings, environment));
  const seconds = options.connectTimeout;
  const listed = machines.map((machine) => ({
    machine,
    store: isHub(machine, hub)
      ? hub
      : new DaemonStore(machine, {
          environment,
          ...(seconds === undefined ? {} : { connectSeconds: seconds }),
        }),
  }));
  if (listed.some(({ store }) => store === hub)) return listed;
  const hubBuilder = unlistedHub(options, settings, hub, listed.length === 0);
  return hubBuilder === undefined ? listed : [hubBuilder, ...listed];
}

/**
 * The hub as a machine where no line names it. Beside other machines it builds what they have no free slot
 * for, as with Nix, when `max-jobs` was set; else only what none of them is fit for. Undefined where it
 * builds nothing.
 */
function unlistedHub(
  { maxJobs }: BuilderOptions,
  settings: NixSettings,
  hub: DaemonStore,
  isAlone: boolean,
): FarmBuilder | undefined {
  const told = maxJobs ?? settings.maxJobs();
  const jobs = told ?? (isAlone ? availableParallelism() : 1);
  if (jobs === 0 || (told === undefined && !isAlone && hub.isRemote)) return undefined;
  const builder = { machine: localMachine(hub.name, jobs, settings), store: hub };
  if (isAlone) return builder;
  return { ...builder, stepsInFor: told === undefined ? 'unfit' : 'busy' };
}

function readMachines(
  { builders, folder = '.' }: BuilderOptions,
  settings: NixSettings,
  environment: NodeJS.ProcessEnv,
): Machine[] {
  const text = builders ?? settings.text('builders') ?? usualBuilders(environment);
  const mustExist = builders !== undefined;
  return parseMachines(text, {
    source: builders === undefined ? "nix.conf's builders" : '--builders',
    defaultSystem: localSystem(settings),
    readFile: (path) =>
      readOptionalFile({ path: resolve(folder, path), what: 'machines file', mustExist }),
  });
}

/** The usual machines files: as for Nix those of NIX_REMOTE_SYSTEMS, separated by colons, else `machines`. */
function usualBuilders(environment: NodeJS.ProcessEnv): string {
  const files = environment['NIX_REMOTE_SYSTEMS']?.split(':').filter((file) => file !== '') ?? [
    join(nixConfDirectory(environment), 'machines'),
  ];
  return files.map((file) => `@${file}`).join('\n');
}

const localNames: ReadonlySet<string> = new Set(['auto', 'daemon']);

function isHub({ uri }: Machine, hub: DaemonStore): boolean {
  return uri === hub.name || (localNames.has(uri) && localNames.has(hub.name));
}

/**
 * Makes one machine of several lines with the same URI: a machines file may list a machine twice, for
 * different systems say, and all that its lines offer shares its slots.
 */
function mergeSame(machines: readonly Machine[]): Machine[] {
  const byUri = new Map<string, Machine>();
  for (const machine of machines) {
    const other = byUri.get(machine.uri);
    byUri.set(machine.uri, other === undefined ? machine : merged(other, machine));
  }
  return [...byUri.values()];
}

function merged(one: Machine, other: Machine): Machine {
  const { systems, speedFactor, supportedFeatures, mandatoryFeatures } = other;
  const offer = { systems, speedFactor, supportedFeatures, mandatoryFeatures };
  return {
    ...one,
    maxJobs: Math.max(one.maxJobs, other.maxJobs),
    alsoOffers: [...(one.alsoOffers ?? []), offer],
  };
}
