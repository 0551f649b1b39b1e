import { claimedFeatures, type Machine, namedSystems } from '@dispatch/builders/machine';
import { type Survey, survey } from '@dispatch/builders/survey';
import { timerMs } from '@dispatch/builders/time-limit';
import type { WithdrawnBuilder } from '@dispatch/coordinator/steering/withdrawals';
import { type FarmBuilder, isDrained, untrusted } from '@dispatch/engine/farm/farm-builder';
import type { Withdrawal } from '@dispatch/engine/farm/steering';
import { messageOf } from '@dispatch/nix/message-of';
import { age } from '../show/age.ts';
import { drained, resumeAdvice } from '../show/drained.ts';
import { complaint, machineName } from '../show/machine-name.ts';
import { featureAdvice } from './feature-advice.ts';
import { groupAdvice } from './group-advice.ts';

/** A machine's line, and what the machine itself said. */
export interface BuilderAnswer {
  readonly machine: Machine;
  /** Undefined unless somebody took it out of use. */
  readonly withdrawal: WithdrawnBuilder | undefined;
  /** Undefined when it could not be asked. */
  readonly survey: Survey | undefined;
  /** Whether `dispatch build` could use it. */
  readonly isUsable: boolean;
  /** Features that its line claims and its own daemon does not have. */
  readonly missingFeatures: readonly string[];
  /** What is wrong, each with what to do; also what does not keep the machine from being used. */
  readonly problems: readonly string[];
}

/** A machine that is asked. */
interface AskedBuilder extends FarmBuilder, Pick<BuilderAnswer, 'withdrawal'> {
  readonly isHub: boolean;
}

/** Asks one machine for all there is to know, for at most so many seconds. Never throws. */
export async function askBuilder(asked: AskedBuilder, seconds: number): Promise<BuilderAnswer> {
  const { machine, store, withdrawal } = asked;
  const limit = AbortSignal.timeout(timerMs(seconds));
  try {
    return judged(asked, await survey(store, limit));
  } catch (error) {
    const reason = limit.aborted ? `no answer within ${seconds} s` : messageOf(error);
    const problems = [complaint(reason, machine.uri), ...drainedNote(asked)];
    const nothing = { survey: undefined, isUsable: false, missingFeatures: [] };
    return { machine, withdrawal, ...nothing, problems };
  }
}

function judged(asked: AskedBuilder, known: Survey): BuilderAnswer {
  const { machine, withdrawal, isHub } = asked;
  const missingFeatures = missingFrom(machine, known);
  const own = known.offer?.features ?? [];
  // The hub builds from .drv files, which it does for users that it does not trust, too.
  const isTrusting = isHub || known.trust !== 'not-trusted';
  const problems = [
    ...(isTrusting ? [] : [untrusted]),
    ...(missingFeatures.length > 0 ? [featureAdvice({ features: missingFeatures, own })] : []),
    ...foreignSystems(machine, known),
    ...groupAdvice(machine, known),
    ...drainedNote(asked),
  ];
  return {
    machine,
    withdrawal,
    survey: known,
    isUsable: drainedBy(asked) === undefined,
    missingFeatures,
    problems,
  };
}

type Drained = Pick<BuilderAnswer, 'machine' | 'withdrawal'>;

/** What keeps all builds away from a machine: its line, or a user's `drain` or `skip`; undefined where nothing does. */
export function drainedBy({ machine, withdrawal }: Drained): Withdrawal | 'line' | undefined {
  return isDrained({ machine }) ? 'line' : withdrawal?.withdrawal;
}

function drainedNote({ machine, withdrawal }: Drained): string[] {
  if (isDrained({ machine })) return [drained];
  if (withdrawal === undefined) return [];
  const how = { drain: 'drained', skip: 'skipped' }[withdrawal.withdrawal];
  const advice = resumeAdvice(machineName(machine.uri));
  return [`it was ${how} ${age(withdrawal.since, Date.now())}: ${advice}`];
}

/** Features that a machine's daemon has and its line does not name, so that nothing that needs them goes there. */
export function unnamedFeatures({ machine, survey: known }: BuilderAnswer): string[] {
  const named = new Set(claimedFeatures(machine));
  return (known?.offer?.features ?? []).filter((feature) => !named.has(feature));
}

function missingFrom(machine: Machine, { offer }: Survey): string[] {
  if (offer === undefined) return [];
  return claimedFeatures(machine).filter((feature) => !offer.features.includes(feature));
}

function foreignSystems(machine: Machine, { offer }: Survey): string[] {
  const systems = namedSystems(machine);
  if (offer === undefined || systems.includes(offer.system)) return [];
  return [
    `its line says ${systems.join(', ')}, and its own daemon builds for ${offer.system}: correct the ` +
      "line, unless 'extra-platforms' in /etc/nix/nix.conf there has more",
  ];
}
