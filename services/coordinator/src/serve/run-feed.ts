import type { RunEvent } from '@dispatch/engine/events';
import type { Answer, RunEnd } from '../messages/answer.ts';
import type { KnownRun, Watcher } from '../runs/known-run.ts';
import type { MessageSocket } from '../wire/message-socket.ts';

/** Bytes in a command's socket beyond which nothing is sent; one message may be larger. */
const patientBytes = 4 * 1024 * 1024;

/** Events that may wait for a command before it is hung up on; it can ask again for the rest. */
const mostWaiting = 1_000_000;

/**
 * Sends the events of one run to one command, as fast as that takes them; nobody waits for it.
 * Events it has yet to get wait as objects, shared with the run's history, and are turned into text
 * only when the socket has room. For a command that is too slow, events of passing interest are
 * left out; if that is not enough, it is hung up on.
 */
export class RunFeed implements Watcher {
  readonly #run: KnownRun;
  readonly #socket: MessageSocket;
  #waiting: Answer[] = [];
  /** Events from before the command asked do not count against it. */
  #mostWaiting = Infinity;
  #leftOut = 0;
  /** Whether the command was hung up on for being too slow. */
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

/** Whether an event is of no use once another one has followed it. */
function isPassing({ type }: RunEvent): boolean {
  return passing.has(type);
}

const passing: ReadonlySet<RunEvent['type']> = new Set([
  'step-log',
  'step-phase',
  'copy-progress',
  'group-call',
]);
