/**
 * Recipes for `instantiate`: a group of one member for each role, which runs the script, and its join,
 * called `join`, whose output is what theirs say one behind the other, by role.
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
