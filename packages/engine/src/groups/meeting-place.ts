import { randomBytes } from 'node:crypto';
import type { Machine } from '@dispatch/builders/machine';
import type { MachineSocket } from '@dispatch/builders/machine-socket';
import { storeAddress } from '@dispatch/builders/store-address';
import type { MarkedGroup } from '@dispatch/graph/groups/group';
import { messageOf } from '@dispatch/nix/message-of';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RendezvousCall } from '@dispatch/rendezvous/options';
import { Rendezvous } from '@dispatch/rendezvous/rendezvous';
import { rendezvousSocket } from '@dispatch/rendezvous/socket-path';
import type { Member } from './member.ts';

/** Who is to meet, and who hears of it. */
export interface MeetingPlaceOptions {
  readonly group: MarkedGroup;
  readonly members: readonly Member[];
  readonly barrierMs: number;
  readonly onCall: (call: RendezvousCall) => void;
  /** A member failed the whole group. */
  readonly onFail: (member: string, reason: string) => void;
  /** A member that has used the place lost its socket: whatever it does next is not its own doing. */
  readonly onLost: (member: Member, reason: string) => void;
  /** Something to be told of the place itself. */
  readonly onNote: (text: string) => void;
}

/**
 * Where the members of one attempt meet: the rendezvous, and on each member's machine a socket
 * through which its build gets there. Where no socket can be made, that is only noted: a member
 * that needs none works without. A member that loses its socket is lost only if it has called.
 */
export class MeetingPlace {
  readonly #options: MeetingPlaceOptions;
  readonly #rendezvous: Rendezvous;
  readonly #sockets: MachineSocket[] = [];
  readonly #callers = new Set<string>();
  #isClosed = false;

  constructor(options: MeetingPlaceOptions) {
    this.#options = options;
    const { group, members, barrierMs, onFail } = options;
    this.#rendezvous = new Rendezvous({
      group: group.name,
      id: group.id,
      attempt: group.mark,
      members: members.map(({ variant, attempt }) => ({
        name: variant.name,
        role: variant.role,
        host: hostOf(attempt.builder.machine),
      })),
      barrierMs,
      now: Date.now,
      randomBytes,
      onCall: (call) => {
        this.#callers.add(call.member);
        options.onCall(call);
      },
      onFail,
    });
  }

  /** Opens the socket of a member. Never throws. */
  async open(member: Member): Promise<void> {
    const { builder, signal } = member.attempt;
    const path = rendezvousSocket(ownOutput(member));
    try {
      const socket = await builder.store.listen(
        path,
        (stream) => this.#serve(member, stream),
        signal,
      );
      if (this.#isClosed) return await socket.close();
      this.#sockets.push(socket);
      void socket.lost.then((error) => this.#lose(member, error));
    } catch (error) {
      if (!signal.aborted) this.#note(member, 'has no meeting place', error);
    }
  }

  /** All members begin at this moment. */
  begin(): void {
    this.#rendezvous.begin();
  }

  /** Whether the member ever called; one that never did cannot hear of a verdict either. */
  hasHeardOf(member: Member): boolean {
    return this.#callers.has(member.name);
  }

  noteLine(member: Member, line: string): void {
    this.#rendezvous.noteLine(member.name, line);
  }

  finish(member: Member): void {
    this.#rendezvous.finish(member.name);
  }

  /** Tells the members that the group has failed. */
  fail(reason: string, member: Member | undefined): void {
    this.#rendezvous.fail(reason, member?.name);
  }

  /** Nothing of it is left on any machine that can be reached when this resolves; never throws. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#rendezvous.close();
    await Promise.allSettled(this.#sockets.map((socket) => socket.close()));
  }

  #serve(member: Member, stream: Parameters<Rendezvous['serve']>[1]): void {
    if (this.#isClosed) stream.destroy();
    else this.#rendezvous.serve(member.name, stream);
  }

  #lose(member: Member, error: unknown): void {
    const text = this.#note(member, 'lost its meeting place', error);
    const isInUse = !this.#isClosed && !member.isOver && this.hasHeardOf(member);
    if (isInUse) this.#options.onLost(member, text);
  }

  #note({ name, attempt }: Member, what: string, error: unknown): string {
    const text = `${name} ${what} on ${attempt.builder.machine.uri}: ${messageOf(error)}`;
    if (!this.#isClosed) this.#options.onNote(text);
    return text;
  }
}

/** What a build knows as `$out`; the first of its outputs where none is called so. */
function ownOutput({ outputs }: Member): StorePath {
  const own = outputs.find(({ name }) => name === 'out') ?? outputs[0];
  if (own === undefined) throw new Error('a derivation has an output');
  return own.path;
}

function hostOf(machine: Machine): string {
  const address = storeAddress(machine);
  return address.kind === 'ssh' ? address.host : 'localhost';
}
