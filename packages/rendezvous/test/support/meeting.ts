import { defaultLimits } from '../../src/limits.ts';
import type { Call } from '../../src/meeting/call.ts';
import { type Answer, Meeting } from '../../src/meeting/meeting.ts';
import type { Reply } from '../../src/meeting/reply.ts';
import type { RendezvousMember } from '../../src/options.ts';

/** Members `a`, `b`, `c`: the first two of role `left`. */
const abc: readonly RendezvousMember[] = [
  { name: 'a', role: 'left', host: 'one' },
  { name: 'b', role: 'left', host: 'two' },
  { name: 'c', role: 'right', host: 'three' },
];

export const names: readonly string[] = abc.map(({ name }) => name);

/** A meeting of three, with barriers that wait for a second. */
export function newMeeting(limits: Partial<typeof defaultLimits> = {}): Meeting {
  const facts = { group: 'g', id: 'i', attempt: 'first', members: abc, barrierMs: 1000 };
  return new Meeting(facts, { ...defaultLimits, ...limits });
}

/** A call that says something under an id. */
export function send(id: string, payload: Record<string, string> = {}): Call {
  return { type: 'send', id, payload: new Map(Object.entries(payload)) };
}

/** Runs calls of several members in any order; a member that waits makes no further call. */
export class Conversation {
  readonly meeting: Meeting = newMeeting();
  /** Of each member, what its calls were answered with, in their order. */
  readonly replies: Record<string, Reply[]> = { a: [], b: [], c: [] };
  /** Tickets that were answered, in that order; a ticket is `<member><number>`. */
  readonly answered: string[] = [];
  readonly #programs: Record<string, readonly Call[]>;
  readonly #made: Record<string, number> = { a: 0, b: 0, c: 0 };
  readonly #tickets: { member: string; number: number }[] = [];

  constructor(programs: Record<string, readonly Call[]>) {
    this.#programs = programs;
  }

  /** Members that wait for nothing and have something left to say. */
  get ready(): string[] {
    return names.filter((name) => {
      const isFree = this.replies[name]!.length === this.#made[name];
      return isFree && this.#made[name]! < this.#programs[name]!.length;
    });
  }

  /** Whether that member has made its call of that number. */
  hasMade(name: string, number: number): boolean {
    return this.#made[name]! > number;
  }

  next(member: string): void {
    const number = this.#made[member]!;
    this.#made[member] = number + 1;
    const ticket = this.#tickets.push({ member, number }) - 1;
    this.take(this.meeting.call(ticket, member, this.#programs[member]![number]!, 0));
  }

  take(answers: readonly Answer[]): void {
    for (const { ticket, reply } of answers) {
      const { member, number } = this.#tickets[ticket]!;
      this.answered.push(`${member}${number}`);
      this.replies[member]!.push(reply);
    }
  }

  /** Lets all say what they have to say, in the order that `choices` tells. */
  run(choices: readonly number[]): void {
    for (let turn = 0; this.ready.length > 0; turn += 1) {
      const choice = choices[turn % choices.length] ?? 0;
      this.next(this.ready[choice % this.ready.length]!);
    }
  }
}
