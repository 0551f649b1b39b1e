import type { WithdrawnBuilder } from '@dispatch/coordinator/steering/withdrawals';
import { assertHubTakesResults } from '@dispatch/engine/collect/hub-trust';
import type { FarmBuilder } from '@dispatch/engine/farm/farm-builder';
import { messageOf } from '@dispatch/nix/message-of';
import type { Command } from 'commander';
import { askBuilder, type BuilderAnswer, drainedBy } from '../builders/builder-answer.ts';
import { builderJson } from '../builders/builder-json.ts';
import { builderLines, builderTable } from '../builders/builder-text.ts';
import { defineSteering } from '../builders/define-steering.ts';
import { CommandError } from '../errors.ts';
import { helpText } from '../show/help-text.ts';
import { count } from '../show/quantities.ts';
import { print, printJson } from '../show/standard-output.ts';
import { type BuilderOptions, chooseBuilders } from '../world/choose-builders.ts';
import { type FarmFileOptions, withFarmFile } from '../world/farm-file.ts';
import { type Hub, type HubOptions, openHub } from '../world/open-hub.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';
import { withdrawnBuilders } from '../world/withdrawn-builders.ts';
import { defineMachineFlags, machinesHelp } from '../world/world-flags.ts';

interface Flags extends BuilderOptions, FarmFileOptions, HubOptions, LedgerOptions {
  readonly connectTimeout?: number;
  readonly json?: boolean;
}

/** `dispatch builders`: which machines there are, and whether and how well they answer. */
export function define(command: Command): void {
  command.description(
    'Ask every machine that would build whether it can be reached, how fast it answers, which Nix it ' +
      'runs, whether it trusts you, and whether it has the features that its line claims.',
  );
  defineMachineFlags(command);
  command
    .option(
      '--ledger <url>',
      'ledger for which machines were drained or skipped: lmdb:DIRECTORY or memory:',
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', helpText(afterHelp))
    .action(showBuilders)
    .enablePositionalOptions();
  for (const steering of ['drain', 'skip', 'resume'] as const) {
    defineSteering(command.command(steering), steering);
  }
}

const afterHelp = `${machinesHelp}

All machines are asked at once, for at most twice --connect-timeout (30 s by default). At a terminal each
is shown as soon as it has answered, elsewhere all of them as a table in their order. Since Nix 2.15 a
machine says itself whether it trusts you; an older one is tried, which changes nothing there. Free disk
space is known for this machine, and where your login may run 'df'.

A machine whose line says 0 builds at a time is drained: nothing is built there, and it may be away. One
after 'drain' or 'skip' is out of use until 'resume'.

Exit codes: 0 all can be used or are out of use on purpose; 1 one cannot be reached or used, their results
cannot be brought home, or another error.

Examples:
  $ dispatch builders
  $ dispatch builders --builders 'ssh-ng://me@big x86_64-linux - 16' --connect-timeout 5
  $ dispatch builders --json | jq -r '.builders[] | select(.usable | not) | .uri'`;

const usualConnectSeconds = 15;

async function showBuilders(flags: Flags): Promise<void> {
  const hub = openHub(flags);
  const chosen = await withFarmFile(chooseBuilders(flags, hub.store), flags);
  // The user did not ask for a local daemon that only builds what no machine is fit for.
  const builders = chosen.filter(({ stepsInFor }) => stepsInFor !== 'unfit');
  try {
    if (builders.length === 0) throw noBuilders();
    const withdrawn = await withdrawnBuilders(flags);
    const answers = await askAll(builders, hub, withdrawn, flags);
    const hubProblem = await problemOfHub(hub, builders);
    if (flags.json) printJson({ builders: answers.map(builderJson), problem: hubProblem });
    else if (!process.stdout.isTTY) for (const line of builderTable(answers)) print(line);
    if (hubProblem !== undefined && !flags.json) print(hubProblem);
    const isGood = hubProblem === undefined && answers.every(isInOrder);
    process.exitCode = isGood ? 0 : 1;
  } finally {
    for (const { store } of builders) store.close();
    hub.store.close();
  }
}

/** Whether a machine can be used, or is out of use on purpose. */
function isInOrder(answer: BuilderAnswer): boolean {
  return answer.isUsable || drainedBy(answer) !== undefined;
}

function askAll(
  builders: readonly FarmBuilder[],
  hub: Hub,
  withdrawn: readonly WithdrawnBuilder[],
  flags: Flags,
): Promise<BuilderAnswer[]> {
  const seconds = 2 * (flags.connectTimeout ?? usualConnectSeconds);
  const isWatched = process.stdout.isTTY && !flags.json;
  if (isWatched) print(`asking ${count(builders.length, 'machine')}, ${seconds} s at most`);
  return Promise.all(
    builders.map(async (builder) => {
      const withdrawal = withdrawn.find((one) => one.builder === builder.machine.uri);
      const asked = { ...builder, withdrawal, isHub: builder.store === hub.store };
      const answer = await askBuilder(asked, seconds);
      if (isWatched) for (const line of builderLines(answer)) print(line);
      return answer;
    }),
  );
}

/** Why the hub cannot take in what other machines build; undefined where it can. */
async function problemOfHub(
  hub: Hub,
  builders: readonly FarmBuilder[],
): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(usualConnectSeconds * 1000);
    await assertHubTakesResults(hub.store, builders, signal);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function noBuilders(): CommandError {
  return new CommandError(
    'bad-argument',
    'there is no machine to ask: name some with --builders or in /etc/nix/machines',
  );
}
