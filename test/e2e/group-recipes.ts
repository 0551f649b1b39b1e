import type { Farm } from '../farm/farm.ts';
import { writeRecipes } from './recipes.ts';

/** One member of a group, as a shell derivation. */
export interface MemberRecipe {
  readonly name: string;
  readonly role: string;
  /** Its shell commands. They find `hello`, which has to come first, and `call NAME [CURL-OPTION…]`. */
  readonly script: string;
  /** Further attributes, as Nix text. */
  readonly attributes?: string;
}

export interface GroupRecipe {
  /** The name of the group and of the join's derivation. */
  readonly name: string;
  readonly members: readonly MemberRecipe[];
}

/**
 * Writes a file whose attribute `joined` is the join of a group, beside `more`, and returns its path. Its members speak
 * to each other as any could: with curl.
 */
export function writeGroup(farm: Farm, { name, members }: GroupRecipe, more = ''): string {
  const lines = members.map((member) => memberLine(name, member, members.length));
  const inputs = members.map((member) => `\${${member.name}}`).join(' ');
  const join = `joined = shell "${name}-joined" "cat ${inputs} > $out" { dispatchJoin = "${name}"; };`;
  return writeRecipes(farm, [...lines, join, more].join('\n'));
}

function memberLine(group: string, member: MemberRecipe, size: number): string {
  const { name, role, script, attributes = '' } = member;
  const own =
    `dispatchGroup = "${group}"; dispatchRole = "${role}"; dispatchGroupSize = ${size};` +
    'requiredSystemFeatures = [ "dispatch-group" ];';
  const body = nixString(`${curlClient}\n${script}`);
  return `${name} = shell "${name}" ${body} { ${own} ${attributes} };`;
}

/** The text as a Nix string literal. */
function nixString(text: string): string {
  return `"${text.replaceAll(/[\\"$]/g, (character) => `\\${character}`)}"`;
}

/** `hello` gets a token, which is valid once its tag is in the log. */
const curlClient = `
h=\${out#/nix/store/}; s=/run/dispatch/\${h%%-*}
call() { p=$1; shift; curl -sS --fail-with-body --unix-socket $s -H "Authorization: Bearer $t" "$@" http://dispatch/$p; }
hello() { set -- $(curl -sS --fail --unix-socket $s http://dispatch/hello); t=$1; echo $2; }
`;
