import type { RunEvent } from '@dispatch/engine/events';
import type { Answer, RunEnd } from '../messages/answer.ts';
import type { KnownRun, Watcher } from '../runs/known-run.ts';
import type { MessageSocket } from '../wire/message-socket.ts';

/** Bytes that may wait for a command before it gets no more lines of logs and the like. */
const patientBytes = 4 * 1024 * 1024;

/** Bytes that may wait for it before it is hung up on: it can come back and ask for the rest. */
const mostBytes = 64 * 1024 * 1024;

/**
 * Tells one command of one run, as fast as it takes that: nobody waits for it. What it cannot be told
 * of is first what is shown and gone, then everything.
 */
export class RunFeed implements Watcher {
  readonly #run: KnownRun;
  readonly #socket: MessageSocket;
  #leftOut = 0;
  /** It was too slow. */
  dropped = false;

  constructor(run: KnownRun, socket: MessageSocket) {
    this.#run = run;
    this.#socket = socket;
  }

  begin(since: number): void {
    this.#run.watch(this, since);
  }

  close(): void {
    this.#run.unwatch(this);
  }

  event(seq: number, event: RunEvent): void {
    if (isPassing(event) && this.#socket.backlog > patientBytes) {
      if (event.type === 'step-log') this.#leftOut += 1;
      return;
    }
    this.#tellLeftOut();
    this.#send({ type: 'event', seq, event });
  }

  ended(end: RunEnd): void {
    this.#tellLeftOut();
    this.#send(end);
  }

  #tellLeftOut(): void {
    if (this.#leftOut === 0 || this.#socket.backlog > patientBytes) return;
    this.#send({ type: 'left-out', lines: this.#leftOut });
    this.#leftOut = 0;
  }

  #send(answer: Answer): void {
    if (this.dropped) return;
    if (this.#socket.backlog <= mostBytes) return this.#socket.send(answer);
    this.dropped = true;
    this.#socket.destroy(new Error(`it left ${mostBytes} bytes waiting`));
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
