import { RendezvousError } from '../errors.ts';
import type { RendezvousMember } from '../options.ts';
import { isName, nameRule } from './names.ts';
import { type Refusal, refused } from './reply.ts';

/** The members of the group. */
export class Roster {
  readonly members: readonly RendezvousMember[];
  readonly #byName: ReadonlyMap<string, RendezvousMember>;

  /** Throws `bad-member` for names and roles that calls could not use, or a shared name. */
  constructor(members: readonly RendezvousMember[]) {
    this.members = members;
    this.#byName = new Map(members.map((member) => [member.name, member]));
    for (const { name, role } of members) {
      if (isName(name) && isName(role)) continue;
      throw new RendezvousError(
        'bad-member',
        `member ${JSON.stringify(name)} of role ${JSON.stringify(role)}: names and roles are ${nameRule}`,
      );
    }
    if (this.#byName.size < members.length) {
      throw new RendezvousError('bad-member', 'two members of a group have the same name');
    }
  }

  get names(): string[] {
    return this.members.map(({ name }) => name);
  }

  /** Throws `unknown-member`. */
  get(name: string): RendezvousMember {
    const member = this.#byName.get(name);
    if (member !== undefined) return member;
    throw new RendezvousError('unknown-member', `the group has no member ${name}`);
  }

  /** The names of all members, or of those with a role. */
  namesOf(role: string | undefined): string[] {
    return this.withRole(role).map(({ name }) => name);
  }

  /** All members, or those with a role. */
  withRole(role: string | undefined): readonly RendezvousMember[] {
    return role === undefined ? this.members : this.members.filter((one) => one.role === role);
  }

  /** A refusal if no member has this name. */
  unknownName(name: string | undefined): Refusal | undefined {
    if (name === undefined || this.#byName.has(name)) return undefined;
    return refused('unknown', `no member is called ${name}: there are ${this.names.join(', ')}`);
  }

  /** A refusal if no member has this role. */
  unknownRole(role: string | undefined): Refusal | undefined {
    if (this.withRole(role).length > 0) return undefined;
    const roles = [...new Set(this.members.map((member) => member.role))];
    return refused('unknown', `no member has the role ${role}: there are ${roles.join(', ')}`);
  }
}
