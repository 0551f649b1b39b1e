/** Commands of a member: `hello` has to come first, then `call NAME [CURL-OPTION...]`. */
export const meet: string = [
  'h=\\${out#/nix/store/}; s=/run/dispatch/\\${h%%-*};',
  'call() { p=$1; shift; curl -sS --fail-with-body --unix-socket $s -H \\"Authorization: Bearer $t\\" $* http://d/$p; };',
  'hello() { set -- $(curl -sS --fail --unix-socket $s http://d/hello); t=$1; echo $2; };',
].join(' ');

/**
 * Recipes for `instantiate`: a group with one member for each role, which runs the role's script, and its
 * join, called `join`, whose output is those of the members one after the other, by role.
 */
export function groupOf(
  name: string,
  scripts: Readonly<Record<string, string>>,
  attributes = '',
): string {
  const roles = Object.keys(scripts).toSorted();
  const members = roles.map(
    (role) => `${role} = shell "${name}-${role}" "${scripts[role]}" {
      dispatchGroup = "${name}"; dispatchRole = "${role}"; dispatchGroupSize = ${roles.length};
      requiredSystemFeatures = [ "dispatch-group" ]; ${attributes}
    };`,
  );
  const all = roles.map((role) => `$${role}`).join(' ');
  return `${members.join('\n')}
    join = shell "${name}" "cat ${all} > $out" { dispatchJoin = "${name}"; inherit ${roles.join(' ')}; };`;
}
