import { join } from 'node:path';
import { messageOf } from '@dispatch/nix/message-of';
import { baseName } from '@dispatch/nix/store-path';
import type { RendezvousCall } from '@dispatch/rendezvous/options';
import { isTagLine } from '@dispatch/rendezvous/proof/token-mint';
import type { GroupEnded, RunEvent } from '../events.ts';
import type { Work } from '../execute/execution.ts';
import { attemptMember, commitRecord, failureRecord, memberEndings } from './attempt-record.ts';
import type { GroupCause } from './group-cause.ts';
import { GroupLog } from './group-log.ts';
import type { GroupWork } from './group-work.ts';
import type { Member } from './member.ts';

/** The attempt that the chronicle is of. */
export interface ChronicleOptions {
  readonly work: GroupWork;
  readonly members: readonly Member[];
  /** The run that it is carried out for. */
  readonly run: Pick<Work, 'run' | 'logFolder' | 'attempts'>;
  /** Tells all runs that want the group. */
  readonly emit: (event: RunEvent) => void;
}

/** Tells and keeps what happens in one attempt of a group: events, its log, and its record in the ledger. */
export class GroupChronicle {
  readonly #options: ChronicleOptions;
  readonly #log: GroupLog;
  readonly #file: string;
  #isRecorded = false;
  /** When all began, in milliseconds of `performance.now` and of Unix. */
  #start: { readonly at: number; readonly clock: number } | undefined;

  constructor(options: ChronicleOptions) {
    this.#options = options;
    const { work, members, run, emit } = options;
    const number = members[0]?.attempt.id ?? 0;
    const file = join(run.logFolder, `${baseName(work.marked.join)}-group-${number}.log`);
    this.#file = file;
    this.#log = new GroupLog(file, (reason) => emit({ type: 'log-unwritable', file, reason }));
  }

  get #group(): GroupWork['marked'] {
    return this.#options.work.marked;
  }

  note(text: string): void {
    this.#log.note(text, Date.now());
  }

  /** Logs a line of a member, unless it only proves the member's calls: nobody wants to read that. */
  line(member: Member, line: string): void {
    if (!isTagLine(line)) this.#log.line(member.name, line, Date.now());
  }

  call({ member, call, detail, atMs }: RendezvousCall): void {
    this.#log.call(member, `${call} ${detail}`.trimEnd(), atMs);
    const { emit } = this.#options;
    emit({ type: 'group-call', group: this.#group.path, member, call, detail, atMs });
  }

  /** The group was given all its places. */
  reserved(): void {
    const places = this.#options.members.map(({ name, variant, attempt }) => ({
      member: name,
      step: variant.path,
      builder: attempt.builder.machine.uri,
    }));
    const { name, id, mark, path: group } = this.#group;
    this.note(`attempt ${mark} of ${name}, ${id}`);
    for (const { member, builder } of places) this.note(`${member} has its place on ${builder}`);
    this.#options.emit({ type: 'group-reserved', group, places });
  }

  /** A member ended well, and waits for the others. */
  done({ name: member }: Member): void {
    this.note(`${member} ended well`);
    const told = { group: this.#group.path, member, call: 'ended well', detail: '' };
    this.#options.emit({ type: 'group-call', ...told, atMs: Date.now() });
  }

  /** The attempt can no longer succeed; members that hear of it put things in order. */
  stopping({ type: outcome, member, reason }: GroupCause): void {
    const who = member === undefined ? '' : ` by ${member.name}`;
    this.note(`${outcome}${who}: ${reason}`);
    const cause = { member: member?.name, reason };
    this.#options.emit({ type: 'group-stopping', group: this.#group.path, outcome, cause });
  }

  requeued(reason: string): void {
    this.note(`back into the line: ${reason}`);
    this.#options.emit({ type: 'group-requeued', group: this.#group.path, reason });
  }

  /**
   * Records that the attempt begins; on disk when it resolves. Throws where that fails, or the mark
   * was used before.
   */
  async record(): Promise<void> {
    const { work, members, run } = this.#options;
    const { key, mark, id, name } = this.#group;
    await run.attempts.begin({
      key,
      mark,
      id,
      name,
      run: run.run,
      startedAt: Date.now(),
      isTrial: work.isTrial,
      members: members.map(attemptMember),
      logFile: this.#file,
    });
    this.#isRecorded = true;
  }

  started(): void {
    this.#start = { at: performance.now(), clock: Date.now() };
    this.note('all begin');
    this.#options.emit({ type: 'group-started', group: this.#group.path });
  }

  /** Writes the commit record; it is on disk when this resolves. */
  async commit(): Promise<void> {
    this.#options.emit({ type: 'group-committing', group: this.#group.path });
    const { run, members } = this.#options;
    const { key, mark } = this.#group;
    await run.attempts.end(key, mark, commitRecord(members, this.#start?.at ?? 0));
    this.note('committed');
  }

  /** Ends the chronicle of an attempt that is over; `cause` is why it did not succeed, if so. */
  async end(cause: GroupCause | undefined): Promise<void> {
    if (cause !== undefined) await this.#recordFailure(cause);
    await this.#log.close();
    this.#options.emit(this.#ended(cause));
  }

  /**
   * Ends the chronicle of an attempt that went back into line; if it was recorded, the next one has
   * another mark.
   */
  async close(cause: GroupCause | undefined): Promise<void> {
    if (cause !== undefined) await this.#recordFailure(cause);
    await this.#log.close();
  }

  #ended(cause: GroupCause | undefined): GroupEnded {
    const start = this.#start;
    return {
      type: 'group-ended',
      group: this.#group.path,
      outcome: cause?.type ?? 'committed',
      cause: cause && { member: cause.member?.name, reason: cause.reason },
      isTaken: cause?.isTaken,
      logFile: this.#log.keptFile,
      startedAt: start?.clock,
      durationMs: start && Math.round(performance.now() - start.at),
      members: memberEndings(this.#options.members, cause, start?.at),
      lastLines: cause === undefined ? [] : this.#log.lastLines,
    };
  }

  async #recordFailure(cause: GroupCause): Promise<void> {
    if (!this.#isRecorded) return;
    const { run, members } = this.#options;
    const { key, mark } = this.#group;
    try {
      await run.attempts.end(key, mark, failureRecord(cause, members, this.#start?.at));
    } catch (error) {
      // An attempt without an ending counts for nothing either.
      this.#options.emit({ type: 'record-unwritable', reason: messageOf(error) });
    }
  }
}
