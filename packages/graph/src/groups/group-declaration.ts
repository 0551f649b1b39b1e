import { recipeVariable } from '@dispatch/nix/aterm/recipe-bytes';
import type { ByteString } from '@dispatch/nix/byte-string';
import { jsonAttribute } from '@dispatch/nix/structured-attributes';
import type { DerivationNode } from '../derivation-node.ts';
import {
  groupDeclarationNames as names,
  readJson,
  structuredAttributesOf,
} from '../serial-variable.ts';
import { badGroup } from './bad-group.ts';

/** What an expression declares about a derivation that is a member. */
export interface MemberDeclaration {
  readonly group: string;
  readonly role: string;
  /** How many members the group has, this one included. */
  readonly size: number;
}

/** What an expression declares about groups in one derivation. */
export type GroupDeclaration =
  | { readonly kind: 'member'; readonly member: MemberDeclaration }
  /** The derivation joins the members of the named group. */
  | { readonly kind: 'join'; readonly group: string };

/**
 * What a derivation declares about groups; undefined for nothing. Throws `bad-group` for a
 * declaration that cannot be meant.
 */
export function groupDeclaration(node: DerivationNode): GroupDeclaration | undefined {
  const join = declared(node, names.join);
  const member = memberDeclaration(node);
  if (join === undefined) return member && { kind: 'member', member };
  if (member !== undefined) {
    throw badGroup(
      node.path,
      `joins the group '${join}' and is a member of '${member.group}': put a derivation of its own ` +
        'between them, which depends on the join and is the member',
    );
  }
  return { kind: 'join', group: matching(node, names.join, join, groupName) };
}

function memberDeclaration(node: DerivationNode): MemberDeclaration | undefined {
  const group = declared(node, names.group);
  const role = declared(node, names.role);
  const size = declared(node, names.size);
  if (group === undefined) {
    const lonely = role === undefined ? size && names.size : names.role;
    if (lonely === undefined) return undefined;
    throw badGroup(node.path, `has ${lonely} without ${names.group}: name the group, or drop it`);
  }
  if (role === undefined) throw lacks(node, group, `${names.role} = "server", or as you call it`);
  if (size === undefined)
    throw lacks(node, group, `${names.size} = 2, or as many as it has members`);
  return {
    group: matching(node, names.group, group, groupName),
    role: matching(node, names.role, role, roleName),
    size: Number(matching(node, names.size, size, groupSize)),
  };
}

/**
 * The text of a variable. One that is empty or null counts as absent: in an environment Nix does
 * not tell these apart.
 */
function declared(node: DerivationNode, name: string): string | undefined {
  const json = structuredAttributesOf(node);
  const text =
    json === undefined ? recipeVariable(node.text.recipe, name) : inJson(node, json, name);
  return text === '' ? undefined : text;
}

function inJson(node: DerivationNode, json: ByteString, name: string): string | undefined {
  if (!json.includes(name)) return undefined;
  const value = readJson<unknown>(node, () => JSON.parse(jsonAttribute(json, name) ?? 'null'));
  if (value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw badGroup(node.path, `has a ${name} that is no text: write ${name} = "…"`);
}

interface Form {
  readonly pattern: RegExp;
  readonly rule: string;
}

const groupName: Form = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
  rule: 'of letters, digits, dots, - and _, 100 at most, beginning with a letter or digit',
};

/** Without a dot: it separates the role from the number of a member that shares its role. */
const roleName: Form = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
  rule: 'of letters, digits, - and _, 63 at most, beginning with a letter or digit',
};

const groupSize: Form = { pattern: /^[1-9][0-9]{0,3}$/, rule: 'a whole number from 1 to 9999' };

function matching(
  { path }: DerivationNode,
  name: string,
  value: string,
  { pattern, rule }: Form,
): string {
  if (pattern.test(value)) return value;
  throw badGroup(path, `has ${name} = '${value.slice(0, 120)}', which must be ${rule}`);
}

function lacks(node: DerivationNode, group: string, line: string): Error {
  return badGroup(
    node.path,
    `is a member of the group '${group}' and does not say all: add ${line}`,
  );
}
