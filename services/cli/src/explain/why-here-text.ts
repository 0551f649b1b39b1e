import type { StepPlace } from '@dispatch/coordinator/messages/answer';
import { derivationName } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';
import type { BuilderBid, PassedOver, Reason } from '@dispatch/scheduler/why-here';
import { complaint, machineName } from '../show/machine-name.ts';
import { obstacleText } from '../show/obstacles.ts';
import { count, duration, size, some } from '../show/quantities.ts';
import { resultMessage } from '../show/step-status.ts';
import { harmless } from '../show/terminal.ts';

/** Where a step is, or was, and why it is not elsewhere, for people. */
export function whyHereLines(run: string, place: StepPlace): string[] {
  const { name, step, chosen, hubFault, passedOver, untold } = place;
  const others = [
    ...passedOver.map(passedOverText),
    ...(untold > 0 ? [`and ${count(untold, 'machine')} more`] : []),
  ];
  return [
    `${name} of run ${run} ${stateText(place)}`,
    `  ${step}`,
    ...(chosen === undefined ? [] : [`  ${bidText(chosen)}`]),
    ...(hubFault === undefined ? [] : [`  nothing starts anywhere: ${harmless(hubFault)}`]),
    ...(others.length === 0 ? [] : [chosen === undefined ? 'machines:' : 'passed over:']),
    ...others.map((text) => `  ${harmless(text)}`),
  ];
}

function stateText(place: StepPlace): string {
  const { phase, chosen, result, waitsFor } = place;
  const where = chosen === undefined ? '' : ` on ${machineName(chosen.builder)}`;
  switch (phase) {
    case 'waiting':
      if (waitsFor.length === 0) return 'waits to be planned';
      return `waits for ${some(waitsFor.map((path) => derivationName(path)))}`;
    case 'ready':
      return 'is ready and waits for a machine';
    case 'gathered':
      return `is ready, and ${groupText(place)}`;
    case 'held':
      return `has ended${where}; it counts if all of its group succeed`;
    case 'resting':
      return 'was lost on every machine that could do it, and is tried again soon';
    case 'restoring':
      return 'waits for inputs that were lost, and are built again';
    case 'running':
      return `runs${where}`;
    case 'stopping':
      return `is being stopped${where}`;
    case 'ended':
    case 'dropped':
    default:
      return result === undefined ? 'is no longer wanted' : endText(result, where);
  }
}

/** What the group of a member that could begin by itself waits for. */
function groupText({ group }: StepPlace): string {
  if (group === undefined) return 'begins when all of its group have their machines';
  if (group.unready.length > 0) {
    const members = some(group.unready.map((path) => derivationName(path)));
    return `begins with the rest of its group, of which ${members} still wait for inputs`;
  }
  const kept = group.kept === 0 ? '' : `; ${group.kept} are kept for it`;
  return `its group waits for ${group.slots} slots at once${kept}`;
}

function endText(result: StepResult, where: string): string {
  const message = resultMessage(result, new Map()) ?? '';
  const why = message === '' ? '' : `: ${harmless(message.split('\n').join('; '))}`;
  switch (result.type) {
    case 'succeeded':
      return `was built${where}`;
    case 'failed':
      return `failed${where}`;
    case 'faults-exhausted':
      return `was given up${why}`;
    case 'unsupported':
    case 'group-unfit':
      return `can be built by no machine${why}`;
    case 'group-lost':
    case 'group-timeout':
      return `was lost with its group${why}`;
    case 'group-failed':
    case 'dependency-failed':
    case 'cancelled':
    default:
      return `was not built${why}`;
  }
}

function bidText({ slowness, heldBytes }: BuilderBid): string {
  return `builds were expected to take ${factor(slowness)} there; ${heldText(heldBytes)}`;
}

/** How slow a machine was expected to be under its load, as text. */
function factor(slowness: number): string {
  return `${Number(slowness.toFixed(2))} × the time on an idle machine of speed 1`;
}

/** How much of a step's inputs a machine had; an input of unknown size counts as one byte. */
function heldText(heldBytes: number): string {
  return heldBytes === 0
    ? 'no input was known to be there that others lack'
    : `${size(heldBytes)} of its inputs were there`;
}

function passedOverText({ builder, reasons }: PassedOver): string {
  const texts = reasons.map((reason) => reasonText(reason, builder));
  const why = texts.length === 0 ? 'it would take it' : texts.join('; ');
  return `${machineName(builder)}: ${why}`;
}

/** Why one builder does not have a step. */
export function reasonText(reason: Reason, builder: string): string {
  switch (reason.type) {
    case 'no-free-slot':
      return `all it may do at a time (${reason.slots}) is under way`;
    case 'resources-taken':
      return `all it has of ${reason.resources.join(', ')} is in use`;
    case 'lost-it':
      return `it had it and lost it: ${complaint(reason.reason, builder)}`;
    case 'reserve':
      return 'it steps in only where no other is free';
    case 'later':
      return laterText(reason);
    case 'slower':
      return 'it is free, but where it waits for a slot it is expected to be done earlier';
    case 'not-allowed':
      return 'the policy of its group leaves it out';
    case 'kept':
      return 'its free slot is kept for a group that has waited for long';
    case 'group-incomplete':
      return 'it is free, but the others of its group have no slots at the same time';
    case 'not-free-then':
      return 'it was full, or expected to be done later than those above';
    case 'system':
    case 'missing-features':
    case 'mandatory-features':
    case 'no-slots':
    case 'down':
    case 'quarantined':
    case 'draining':
    default:
      return obstacleText(reason, builder);
  }
}

function laterText({ byMs, bid }: Extract<Reason, { type: 'later' }>): string {
  const later = byMs < 1 ? 'no sooner, and ranks after it' : `${duration(byMs)} later`;
  const expected = `builds were expected to take ${factor(bid.slowness)}; ${heldText(bid.heldBytes)}`;
  return `it was free, but would have been done ${later}: ${expected}`;
}
