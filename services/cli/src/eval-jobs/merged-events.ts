import type { GroupEvent, RunEvent, RunPlanned } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import { isGood } from '@dispatch/scheduler/result';
import { isGroupEvent } from '../show/group-event.ts';

/**
 * Merges the events of several runs into those of one run that wants all they want: of a step that
 * several share only one of them tells, and what holds for all is told once.
 */
export class MergedEvents {
  /** The run that tells of a step or a group, by the path that events give for it. */
  readonly #tellers = new Map<StorePath, string>();
  /** Steps and groups that came to nothing; a later run may try them again. */
  readonly #failed = new Set<StorePath>();
  /** Our numbers of the copies under way, by run and the number that they have there. */
  readonly #copies = new Map<string, number>();
  #lastCopy = 0;
  /** What was last told of each machine's state and of other things, so as not to repeat it. */
  readonly #told = new Map<string, string>();
  readonly #poisoned = new Set<StorePath>();
  readonly #substitutes = new Set<StorePath>();
  /** Runs for which the store of results is away. */
  readonly #away = new Set<string>();

  /** The event to pass on for an event of a run; undefined for what is known already. */
  merge(run: string, event: RunEvent): RunEvent | undefined {
    if (isGroupEvent(event)) return this.#mergeGroup(run, event);
    switch (event.type) {
      case 'planned':
        return this.#plan(run, event);
      case 'poison-found': {
        const poisoned = event.poisoned.filter(({ rewritten }) => isNew(this.#poisoned, rewritten));
        return poisoned.length === 0 ? undefined : { ...event, poisoned };
      }
      case 'step-placed':
      case 'step-started':
      case 'step-phase':
      case 'step-log':
      case 'attempt-lost':
      case 'attempt-moved':
      case 'inputs-lost':
        return this.#isTeller(run, event.step) ? event : undefined;
      case 'step-ended':
        if (!this.#isTeller(run, event.step)) return undefined;
        if (!isGood(event.result)) this.#failed.add(event.step);
        return event;
      case 'copy-progress':
        return { ...event, copy: this.#copyOf(`${run} ${event.copy}`) };
      case 'copy-ended': {
        const copy = this.#copyOf(`${run} ${event.copy}`);
        this.#copies.delete(`${run} ${event.copy}`);
        return { ...event, copy };
      }
      case 'builder-ready':
        this.#told.delete(`unusable ${event.builder}`);
        return event;
      case 'builder-unusable':
        return this.#once(`unusable ${event.builder}`, event.reason, event);
      case 'features-missing':
        return this.#once(`features ${event.builder}`, event.features.join(' '), event);
      case 'record-unwritable':
        return this.#once('record', event.reason, event);
      case 'held-up':
        return this.#once('held-up', event.builders.join(' '), event);
      case 'held-up-over':
        this.#told.delete('held-up');
        return event;
      case 'hub-away': {
        const isFirst = this.#away.size === 0;
        this.#away.add(run);
        return isFirst ? event : undefined;
      }
      case 'hub-back':
        this.#away.delete(run);
        return this.#away.size === 0 ? event : undefined;
      case 'builder-called':
      case 'output-collected':
      case 'output-lost':
      case 'output-uncollected':
      case 'log-unwritable':
      default:
        return event;
    }
  }

  #mergeGroup(run: string, event: GroupEvent): RunEvent | undefined {
    if (!this.#isTeller(run, event.group)) return undefined;
    if (event.type === 'group-ended' && event.outcome !== 'committed')
      this.#failed.add(event.group);
    return event;
  }

  #plan(run: string, event: RunPlanned): RunEvent | undefined {
    for (const { rewritten } of event.steps) this.#giveTo(run, rewritten);
    for (const { group } of event.groups) this.#giveTo(run, group);
    const substitutes = event.substitutes.filter((path) => isNew(this.#substitutes, path));
    const { steps, present } = event;
    if (steps.length + substitutes.length + present === 0) return undefined;
    return { ...event, substitutes };
  }

  /** The run that comes first tells of a step or group; if that came to nothing, the run that tries it again. */
  #giveTo(run: string, path: StorePath): void {
    if (this.#tellers.has(path) && !this.#failed.has(path)) return;
    this.#tellers.set(path, run);
    this.#failed.delete(path);
  }

  #isTeller(run: string, step: StorePath): boolean {
    const teller = this.#tellers.get(step) ?? run;
    this.#tellers.set(step, teller);
    return teller === run;
  }

  #copyOf(key: string): number {
    const known = this.#copies.get(key);
    if (known !== undefined) return known;
    this.#lastCopy += 1;
    this.#copies.set(key, this.#lastCopy);
    return this.#lastCopy;
  }

  #once(about: string, text: string, event: RunEvent): RunEvent | undefined {
    if (this.#told.get(about) === text) return undefined;
    this.#told.set(about, text);
    return event;
  }
}

function isNew<Thing>(known: Set<Thing>, thing: Thing): boolean {
  const before = known.size;
  return known.add(thing).size > before;
}
