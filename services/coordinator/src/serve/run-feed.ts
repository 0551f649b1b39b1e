import type { RunEvent } from '@dispatch/engine/events';
import type { Answer, RunEnd } from '../messages/answer.ts';
import type { KnownRun, Watcher } from '../runs/known-run.ts';
import type { MessageSocket } from '../wire/message-socket.ts';

/** Bytes that may wait in its socket before a command is sent nothing more: one message may be larger. */
const patientBytes = 4 * 1024 * 1024;

/** Events that may wait for it before it is hung up on: it can come back and ask for the rest. */
const mostWaiting = 1_000_000;

/**
 * Tells one command of one run, as fast as it takes that: nobody waits for it. What it has yet to hear
 * waits as it is in the run's history, and becomes text when there is room for it, however large it is.
 * Of a command that is too slow, what is shown and gone is left out, and then it is hung up on.
 */
export class RunFeed implements Watcher {
  readonly #run: KnownRun;
  readonly #socket: MessageSocket;
  #waiting: Answer[] = [];
  /** What was before anybody asked is not held against them. */
  #mostWaiting = Infinity;
  #leftOut = 0;
  /** It was too slow. */
  dropped = false;

  constructor(run: KnownRun, socket: MessageSocket) {
    this.#run = run;
    this.#socket = socket;
  }

  begin(since: number): void {
    this.#socket.onDrain(() => this.#goOn());
    this.#run.watch(this, since);
    this.#mostWaiting = this.#waiting.length + mostWaiting;
  }

  close(): void {
    this.#run.unwatch(this);
    this.#waiting = [];
  }

  event(seq: number, event: RunEvent): void {
    if (this.#isBehind && isPassing(event)) {
      if (event.type === 'step-log') this.#leftOut += 1;
      return;
    }
    if (!this.#isBehind) this.#tellLeftOut();
    this.#tell({ type: 'event', seq, event });
  }

  ended(end: RunEnd): void {
    this.#tellLeftOut();
    this.#tell(end);
  }

  get #isBehind(): boolean {
    return this.#waiting.length > 0 || this.#socket.backlog > patientBytes;
  }

  #tellLeftOut(): void {
    if (this.#leftOut === 0) return;
    const lines = this.#leftOut;
    this.#leftOut = 0;
    this.#tell({ type: 'left-out', lines });
  }

  #tell(answer: Answer): void {
    if (this.dropped) return;
    this.#waiting.push(answer);
    this.#send();
    if (this.#waiting.length > this.#mostWaiting) this.#drop();
  }

  #goOn(): void {
    this.#send();
    if (!this.#isBehind) this.#tellLeftOut();
  }

  #send(): void {
    let sent = 0;
    for (const answer of this.#waiting) {
      if (this.#socket.backlog > patientBytes) break;
      this.#socket.send(answer);
      sent += 1;
    }
    this.#waiting.splice(0, sent);
  }

  #drop(): void {
    this.dropped = true;
    this.#socket.destroy(new Error(`it left ${this.#waiting.length} events waiting`));
    this.#waiting = [];
  }
}

/** What is of no use to anybody once something followed it. */
function isPassing({ type }: RunEvent): boolean {
  return passing.has(type);
}

const passing: ReadonlySet<RunEvent['type']> = new Set([
  'step-log',
  'step-phase',
  'copy-progress',
  'group-call',
]);
