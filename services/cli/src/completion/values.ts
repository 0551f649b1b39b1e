import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stateDirectory } from '@dispatch/ledger/default-location';
import type { Ledger } from '@dispatch/ledger/ledger';
import { shortId } from '../show/group-title.ts';
import { machineName } from '../show/machine-name.ts';
import { oneLine } from '../show/terminal.ts';
import { openUserLedger } from '../world/open-ledger.ts';
import { withdrawnBuilders } from '../world/withdrawn-builders.ts';
import type { ValueSource } from './sources.ts';

const runsLookedAt = 20;
const attemptsLookedAt = 20;
const mostValues = 500;

/** Words for a shell to offer, from what is on this machine: nothing is asked over a network. */
export async function valuesFrom(source: ValueSource): Promise<readonly string[]> {
  if (source === 'machines') return machines();
  if (source === 'builders') return (await machineUrisHere()).map(wordFor);
  if (source === 'withdrawn') {
    return (await withdrawnBuilders({})).map(({ builder }) => wordFor(builder));
  }
  // Opening the ledger would create it, only because somebody pressed a key.
  if (!existsSync(join(stateDirectory(), 'ledger'))) return [];
  const ledger = await openUserLedger({});
  try {
    return (await fromLedger[source](ledger)).slice(0, mostValues);
  } finally {
    await ledger.close();
  }
}

const fromLedger = {
  derivations: async ({ runs }) => {
    const paths = new Set<string>();
    for (const { id } of await runs.recent(runsLookedAt)) {
      for (const step of (await runs.get(id))?.steps ?? []) {
        paths.add(step.rewritten).add(step.original);
      }
      if (paths.size >= mostValues) break;
    }
    return [...paths];
  },
  poisoned: (ledger) => recorded(ledger, false),
  recorded: (ledger) => recorded(ledger, true),
  groups: async ({ groups }) => {
    const attempts = await groups.find(undefined, attemptsLookedAt);
    const names = new Set(attempts.map(({ name }) => oneLine(name)));
    return [...names, ...attempts.map(shortId)].filter((word) => !word.includes(' '));
  },
  runs: async ({ runs }) => (await runs.recent(runsLookedAt)).map(({ id }) => id),
} satisfies Record<
  Exclude<ValueSource, 'machines' | 'builders' | 'withdrawn'>,
  (ledger: Ledger) => Promise<string[]>
>;

async function recorded(ledger: Ledger, all: boolean): Promise<string[]> {
  const { listedRecords } = await import('../ledger/list-records.ts');
  const paths = (await listedRecords(ledger, all)).map(({ record }) => record.identity.drvPath);
  return [...new Set(paths)];
}

async function machines(): Promise<string[]> {
  const [{ chooseBuilders }, { openHub }] = await Promise.all([
    import('../world/choose-builders.ts'),
    import('../world/open-hub.ts'),
  ]);
  const { store } = openHub({});
  const remote = chooseBuilders({}, store).filter((builder) => builder.store !== store);
  return remote.map(({ machine }) => machine.uri);
}

async function machineUrisHere(): Promise<readonly string[]> {
  const { machineUris } = await import('../builders/machine-uris.ts');
  return machineUris({});
}

/** A machine's name if that is one word, else its URI. */
function wordFor(uri: string): string {
  const name = machineName(uri);
  return name.includes(' ') ? uri : name;
}
