import type {
  GroupEvent,
  PoisonedDerivation,
  RunEvent,
  RunPlanned,
  StepEnded,
} from '@dispatch/engine/events';
import { derivationName, type StorePath } from '@dispatch/nix/store-path';
import { featureAdvice } from '../builders/feature-advice.ts';
import { resumeAdvice } from './drained.ts';
import { isGroupEvent } from './group-event.ts';
import { GroupProgress } from './group-progress.ts';
import { complaint, machineName } from './machine-name.ts';
import { count, duration, size } from './quantities.ts';
import { harmless, type Terminal } from './terminal.ts';

/** How much is shown. */
export interface ProgressOptions {
  /** Show every line that builds print. */
  readonly buildLogs: boolean;
  /** Say when a build begins; false where that is seen in another way. */
  readonly starts: boolean;
  /** What a machine is called in lines that are not warnings. */
  readonly machineName: (uri: string) => string;
}

const shownPoison = 10;

/** Shows a run as it goes, one line for each thing that happened. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #options: ProgressOptions;
  readonly #groups: GroupProgress;
  /** Members of groups: their machines are shown with the group. */
  readonly #members = new Set<StorePath>();
  readonly #ordinals = new Map<StorePath, number>();
  /** All steps that were ever planned, inputs first, with the dependencies of each. */
  readonly #planned = new Map<StorePath, readonly StorePath[]>();
  #isPlanned = false;

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal;
    this.#options = options;
    this.#groups = new GroupProgress(terminal, options);
  }

  show(event: RunEvent): void {
    if (isGroupEvent(event)) this.#groups.show(event);
    else this.#tell(event);
  }

  #tell(event: Exclude<RunEvent, GroupEvent>): void {
    switch (event.type) {
      case 'poison-found':
        return this.#showPoison(event.poisoned);
      case 'planned':
        return this.#showPlan(event);
      case 'builder-unusable':
        return this.#warn(
          `${machineName(event.builder)} cannot be used: ${complaint(event.reason, event.builder)}`,
        );
      case 'features-missing':
        return this.#warn(
          `${machineName(event.builder)} claims more than it has: ${featureAdvice(event)}`,
        );
      case 'step-started':
        return this.#showStart(event);
      case 'step-ended':
        return this.#showEnd(event);
      case 'output-lost':
        return this.#warn(`${event.path} was lost and is built again: ${event.reason}`);
      case 'output-uncollected':
        return this.#warn(`${event.path} cannot be brought home: ${event.reason}`);
      case 'hub-away':
        return this.#warn(`waiting for the store of results: ${event.reason}`);
      case 'hub-back':
        return this.#say('the store of results is back');
      case 'attempt-lost':
        return this.#warn(
          `${event.name} was lost on ${machineName(event.builder)}: ${complaint(event.reason, event.builder)}`,
        );
      case 'inputs-lost':
        return this.#warn(`what ${event.name} needs was lost, and is built again: ${event.reason}`);
      case 'attempt-moved':
        return this.#say(
          `${event.name} goes elsewhere: ${this.#options.machineName(event.builder)} was taken out of use`,
        );
      case 'held-up':
        return this.#warn(heldUpText(event));
      case 'output-collected':
        if (event.paths === 0) return;
        return this.#say(
          `copied ${event.path} from ${this.#options.machineName(event.from)} (${count(event.paths, 'path')}, ${size(event.bytes)})`,
        );
      case 'log-unwritable':
        return this.#warn(`the log ${event.file} is lost: ${event.reason}; the build goes on`);
      case 'record-unwritable':
        return this.#warn(`this run is not recorded: ${event.reason}; the build goes on`);
      case 'step-log':
        if (this.#options.buildLogs) this.#showLine(event);
        return;
      case 'builder-called':
      case 'builder-ready':
      case 'held-up-over':
      case 'step-placed':
      case 'step-phase':
      case 'copy-progress':
      case 'copy-ended':
        return;
    }
  }

  #showPoison(poisoned: readonly PoisonedDerivation[]): void {
    for (const one of poisoned.slice(0, shownPoison)) {
      const name = derivationName(one.original);
      this.#say(`${this.#terminal.paint('yellow', 'poisoned:')} ${name} ${poisonText(one)}`);
    }
    const more = poisoned.length - shownPoison;
    if (more > 0) this.#say(`poisoned: ${more} more`);
  }

  /** A further plan contains what is known already, and more; or comes from another coordinator that continues the run. */
  #showPlan({ steps, substitutes, present, groups }: RunPlanned): void {
    this.#forget(new Set(this.#groups.replacedBy(groups)));
    const before = this.#planned.size;
    for (const { rewritten, dependencies } of steps) this.#planned.set(rewritten, dependencies);
    const added = this.#planned.size - before;
    const parts = [
      added > 0 ? `${added} ${before > 0 ? 'more ' : ''}to build` : '',
      substitutes.length > 0 ? `${count(substitutes.length, 'path')} to fetch` : '',
      present > 0 ? `${present} found on builders` : '',
    ].filter((part) => part !== '');
    if (parts.length > 0) this.#say(parts.join(', '));
    else if (!this.#isPlanned) this.#say('everything is there already');
    this.#isPlanned = true;
    this.#groups.plan(groups);
    for (const { members } of groups) for (const { step } of members) this.#members.add(step);
  }

  /** Forgets steps, with all that needs them: the plan that comes has others in their place. */
  #forget(steps: Set<StorePath>): void {
    if (steps.size === 0) return;
    for (const [step, dependencies] of this.#planned) {
      if (!steps.has(step) && !dependencies.some((path) => steps.has(path))) continue;
      steps.add(step);
      this.#planned.delete(step);
    }
  }

  #showStart({ step, name, builder }: Extract<RunEvent, { type: 'step-started' }>): void {
    if (!this.#options.starts || this.#members.has(step)) return;
    this.#say(`${this.#place(step)} building ${name} on ${this.#options.machineName(builder)}`);
  }

  #showEnd({ step, name, result, durationMs }: StepEnded): void {
    const nameOf = this.#options.machineName;
    const took = durationMs === undefined ? '' : ` after ${duration(durationMs)}`;
    const bad = (text: string): void =>
      this.#say(this.#terminal.paint('red', `${this.#place(step)} ${text}`));
    switch (result.type) {
      case 'succeeded': {
        const built = this.#terminal.paint('green', 'built');
        return this.#say(
          `${this.#place(step)} ${built} ${name} on ${nameOf(result.builder)}${took}`,
        );
      }
      case 'failed':
        return bad(`failed: ${name} on ${nameOf(result.builder)}${took}`);
      case 'faults-exhausted':
        return bad(`given up: ${name}, lost ${count(result.faults.length, 'time')}`);
      case 'unsupported':
        return bad(`cannot be built: ${name}, since no builder takes it`);
      case 'group-unfit':
        return bad(`cannot be built: ${name}, since its group fits nowhere`);
      case 'group-timeout':
        return bad(`given up: ${name}, since its group found no places in time`);
      // The end of a group is shown for the group as a whole.
      case 'group-failed':
      case 'group-lost':
      case 'dependency-failed':
      case 'cancelled':
        return;
    }
  }

  #showLine({ name, line }: Extract<RunEvent, { type: 'step-log' }>): void {
    this.#say(`${this.#terminal.paint('cyan', `${name}>`)} ${harmless(line)}`);
  }

  /** `[3/7]`: a step keeps the number that it got when it was first shown. */
  #place(step: StorePath): string {
    const known = this.#ordinals.get(step) ?? this.#ordinals.size + 1;
    this.#ordinals.set(step, known);
    return `[${known}/${this.#planned.size}]`;
  }

  #warn(text: string): void {
    this.#terminal.line(`${this.#terminal.paint('yellow', 'warning:')} ${harmless(text)}`);
  }

  #say(text: string): void {
    this.#terminal.line(text);
  }
}

/** Which steps wait for builders that somebody took out of use, and how to put these back. */
function heldUpText({ name, more, builders }: Extract<RunEvent, { type: 'held-up' }>): string {
  const [first = '', ...others] = builders.map(machineName);
  const what = more === 0 ? `${name} waits` : `${name} and ${more} more wait`;
  return `${what} for ${[first, ...others].join(' or ')}: drained; ${resumeAdvice(first)}`;
}

/** Which serial a derivation has, and who gave it why. */
function poisonText({ serial, reason, author }: PoisonedDerivation): string {
  if (reason === undefined) return `(serial ${serial}, which the ledger does not know)`;
  return `(serial ${serial}: ${harmless(reason)}; by ${harmless(author ?? 'nobody')})`;
}
