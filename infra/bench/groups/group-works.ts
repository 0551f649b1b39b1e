/** Members that write down when they began and then sleep; the join passes that on. */
export function groupOf(roles: readonly string[], sleepSeconds: number, salt: string): string {
  const members = roles.map((role) => `(member "${role}")`).join(' ');
  return `let
    step = name: script: more: derivation ({ inherit name; system = builtins.currentSystem; builder = "/bin/sh";
      args = [ "-euc" "echo \${name} ${salt}; PATH=/usr/bin; \${script}" ]; } // more);
    member = role: step role "now=$(date +%s%N); ${asleep(sleepSeconds)} echo $now > $out" {
      dispatchGroup = "bench"; dispatchRole = role; dispatchGroupSize = ${roles.length};
      requiredSystemFeatures = [ "dispatch-group" ]; };
    members = [ ${members} ];
  in step "joined" "cat \${toString members} > $out" { dispatchJoin = "bench"; }`;
}

/** One build that sleeps as long as members do, and one that reads it, as a join does. */
export function pairOf(sleepSeconds: number, salt: string): string {
  return `let
    step = name: script: derivation { inherit name; system = builtins.currentSystem; builder = "/bin/sh";
      args = [ "-euc" "echo \${name} ${salt}; PATH=/usr/bin; \${script}" ]; };
    one = step "one" "${asleep(sleepSeconds)} echo > $out";
  in step "reader" "cat \${one} > $out"`;
}

function asleep(seconds: number): string {
  return seconds === 0 ? '' : `sleep ${seconds};`;
}
