import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SchedulerEvent } from '../src/event.ts';
import { type History, replay } from '../src/history.ts';
import { whyHere } from '../src/why-here.ts';
import { Driver } from './driver.ts';
import { Model } from './model.ts';
import { type Move, moves } from './moves.ts';

class Play {
  readonly driver: Driver = new Driver();
  readonly model: Model = new Model();

  feed(event: SchedulerEvent): void {
    const before = this.driver.commands.length;
    this.model.take(event);
    this.driver.feed(event);
    this.model.check(this.driver.commands.slice(before));
  }

  play(history: readonly Move[]): void {
    for (const [at, move] of history.entries()) {
      const event = move(this.model, at);
      if (event !== undefined) this.feed(event);
    }
  }

  /** The hub and every builder answer, every rest and every attempt ends. */
  finish(): void {
    this.feed({ type: 'hub-up' });
    for (const builder of this.model.builders.keys()) {
      this.feed({ type: 'builder-up', builder });
      this.feed({ type: 'builder-resumed', builder });
    }
    for (const command of this.driver.commands) {
      if (command.type === 'rest-step') this.feed({ type: 'step-rested', step: command.step });
      if (command.type === 'restore-inputs')
        this.feed({ type: 'inputs-restored', step: command.step });
    }
    for (;;) {
      this.#commitAll();
      const attempt = [...this.model.attempts.keys()][0];
      if (attempt === undefined) break;
      this.feed({ type: 'attempt-ended', attempt, outcome: { type: 'succeeded' } });
    }
  }

  #commitAll(): void {
    for (const [group, { state }] of this.model.groups) {
      if (state === 'committing') this.feed({ type: 'group-committed', group });
    }
  }
}

describe('any history', () => {
  it('keeps the rules at every event, and every run ends', () => {
    fc.assert(
      fc.property(moves, (history) => {
        const play = new Play();
        play.play(history);
        play.finish();
        expect([...play.model.runs.keys()], 'every run ends').toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it('leads to the same commands again', () => {
    fc.assert(
      fc.property(moves, (history) => {
        const play = new Play();
        play.play(history);
        const written = JSON.stringify(play.driver.history);
        const read = JSON.parse(written) as History;
        expect([...replay(read)].flat()).toEqual(play.driver.commands);
      }),
      { numRuns: 100 },
    );
  });

  it('leaves nothing behind once every run has ended', () => {
    fc.assert(
      fc.property(moves, (history) => {
        const play = new Play();
        play.play(history);
        play.finish();
        const { steps, runs, attempts, demands, ...rest } = play.driver.contents();
        expect([steps.size, runs.size, attempts.size, demands.size]).toEqual([0, 0, 0, 0]);
        expect([rest.groups.size, rest.groupLines.size, rest.unsettledGroups.size]).toEqual([
          0, 0, 0,
        ]);
        expect(rest.keeping).toBeUndefined();
        expect([...rest.builders.values()].filter(({ kept }) => kept.slots > 0)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('leaves no step that could start without a reason that each builder has not got it', () => {
    fc.assert(
      fc.property(moves, (history) => {
        const play = new Play();
        play.play(history);
        const answers = [...play.model.steps.keys()].map((id) =>
          whyHere(play.driver.history.state, id),
        );
        const placeable = answers.filter(
          (why) =>
            why?.hubFault === undefined &&
            ['ready', 'gathered', 'running'].includes(why?.phase ?? ''),
        );
        const reasons = placeable.flatMap((why) => why?.passedOver.map((one) => one.reasons));
        expect(reasons).not.toContainEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
