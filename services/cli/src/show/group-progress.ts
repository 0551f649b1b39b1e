import type { GroupEnded, GroupEvent, PlannedGroup } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import { causeText } from './cause-text.ts';
import { groupTitle } from './group-title.ts';
import type { ProgressOptions } from './progress.ts';
import { count, duration, some } from './quantities.ts';
import { type Colour, harmless, oneLine, type Terminal } from './terminal.ts';

const shownGroups = 10;

/** Shows how groups go, one line for each thing that happens to a group as a whole. */
export class GroupProgress {
  readonly #terminal: Terminal;
  readonly #options: ProgressOptions;
  /** Groups that have not ended, or were lost. */
  readonly #open = new Map<StorePath, PlannedGroup>();
  readonly #groups = new Map<StorePath, PlannedGroup>();

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  /** The members of earlier attempts, lost with a machine or a coordinator, that these attempts replace. */
  *replacedBy(groups: readonly PlannedGroup[]): Generator<StorePath> {
    for (const { group, key, members } of this.#open.values()) {
      const isReplaced = groups.some((one) => one.key === key && one.group !== group);
      if (isReplaced) yield* members.map(({ step }) => step);
    }
  }

  /** Shows the groups of a plan; of a further plan only the new ones. */
  plan(groups: readonly PlannedGroup[]): void {
    const news = groups.filter(({ group }) => !this.#groups.has(group));
    for (const one of news) {
      this.#groups.set(one.group, one);
      this.#open.set(one.group, one);
    }
    for (const one of news.slice(0, shownGroups)) this.#say(plannedText(one));
    const more = news.length - shownGroups;
    if (more > 0) this.#say(count(more, 'more group'));
  }

  show(event: GroupEvent): void {
    const group = this.#groups.get(event.group);
    if (group === undefined) return;
    const title = groupTitle(group);
    switch (event.type) {
      case 'group-reserved':
        return this.#start(`group ${title} has its places: ${this.#placesText(event.places)}`);
      case 'group-started':
        return this.#start(`group ${title} begins`);
      case 'group-call':
        if (this.#options.buildLogs) this.#showCall(group, event);
        return;
      case 'group-stopping':
        // A group that is lost ends at once, and is shown then.
        if (event.outcome !== 'failed') return;
        return this.#warn(`group ${title} stops: ${causeText(event.cause)}`);
      case 'group-requeued':
        return this.#warn(
          `group ${title} gave its places back and waits for others: ${event.reason}`,
        );
      case 'group-ended':
        return this.#showEnd(group, event);
      case 'group-committing':
        return;
    }
  }

  #placesText(places: Extract<GroupEvent, { type: 'group-reserved' }>['places']): string {
    const texts = places.map(
      ({ member, builder }) => `${oneLine(member)} on ${this.#options.machineName(builder)}`,
    );
    return some(texts);
  }

  #showCall(
    { name }: PlannedGroup,
    { member, call, detail }: Extract<GroupEvent, { type: 'group-call' }>,
  ): void {
    const who = oneLine([name, member ?? []].flat().join('/'));
    this.#say(`${this.#terminal.paint('cyan', `${who}=`)} ${harmless(`${call} ${detail}`).trim()}`);
  }

  #showEnd(group: PlannedGroup, { outcome, cause, durationMs }: GroupEnded): void {
    if (outcome !== 'lost') this.#open.delete(group.group);
    const took = durationMs === undefined ? '' : ` after ${duration(durationMs)}`;
    const title = `group ${groupTitle(group)}`;
    switch (outcome) {
      case 'committed': {
        const names = some(group.members.map(({ name }) => oneLine(name)));
        return this.#say(`${this.#paint('green', 'passed')}: ${title}${took}: ${names}`);
      }
      case 'failed':
        return this.#say(this.#paint('red', `failed: ${title}${took}: ${causeText(cause)}`));
      case 'lost':
        return this.#warn(
          `${title} was lost${took}, which says nothing of its members: ${causeText(cause)}`,
        );
      case 'cancelled':
        return;
    }
  }

  #paint(colour: Colour, text: string): string {
    return this.#terminal.paint(colour, text);
  }

  #start(text: string): void {
    if (this.#options.starts) this.#say(text);
  }

  #warn(text: string): void {
    this.#terminal.line(`${this.#terminal.paint('yellow', 'warning:')} ${harmless(text)}`);
  }

  #say(text: string): void {
    this.#terminal.line(text);
  }
}

function plannedText(group: PlannedGroup): string {
  const names = some(group.members.map(({ name }) => oneLine(name)));
  return `group ${groupTitle(group)}: ${names}`;
}
