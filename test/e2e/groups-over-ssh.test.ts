import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { groupBuilder } from '../farm/group-builders.ts';
import { Dispatch, endCoordinators } from './dispatch.ts';
import { type MemberRecipe, writeGroup } from './group-recipes.ts';

let farm: Farm;
let dispatch: Dispatch;

beforeAll(async () => {
  const names = ['north', 'east', 'south', 'west'];
  // One slot each, so that no two members are on one machine.
  farm = await startFarm({ builders: names.map((name) => groupBuilder(name, { slots: 1 })) });
  dispatch = new Dispatch(farm);
});
afterAll(async () => {
  await endCoordinators(farm.folder);
  await farm?.[Symbol.asyncDispose]();
});

const port = 7222;
const outside = '__noChroot = true;';

/** A server and a client that talk to each other over the network, and a member that watches from its sandbox. */
const trio: readonly MemberRecipe[] = [
  {
    name: 'server',
    role: 'server',
    attributes: outside,
    script: `
hello; host=$(call self | sed -n s/^host=//p)
perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => ${port}, Listen => 1,
  ReuseAddr => 1) or die; print {$s->accept} "said over TCP\\n"' $host & tcp=$!
call send/address -d host=$host -d port=${port}
call sync/up; wait $tcp; call commit; echo served > $out`,
  },
  {
    name: 'client',
    role: 'client',
    attributes: outside,
    script: `
hello; host=$(call wait/address?key=host); port=$(call wait/address?key=port); call sync/up
perl -MIO::Socket::INET -e 'for (1 .. 100) { $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1]);
  last if $s; select undef, undef, undef, 0.1 } print <$s>' $host $port > got
call put/got -T got; call commit; cat got > $out`,
  },
  {
    name: 'watch',
    role: 'observer',
    script: `
hello; call list > list; call sync/up; call get/got > seen; call commit
{ echo "seen: $(cat seen)"; cut -d' ' -f1 list; } > $out`,
  },
];

test.each(['ssh2', 'system'])(
  'three members on three machines exchange addresses, meet at a barrier and talk over TCP, by %s',
  async (wish) => {
    const env = { ...dispatch.person(wish), DISPATCH_SSH: wish };
    const file = writeGroup(farm, { name: `trio-${wish}`, members: trio });
    const build = ['build', '--no-link', '--builders', farm.machines, '-f', file, '-A', 'joined'];
    const { code, stdout, stderr } = await dispatch.run(build, { env });
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    const joined = readFileSync(farm.hub.daemon.realPath(stdout.trim()), 'utf8');
    expect(joined.split('\n')).toEqual([
      'served',
      'said over TCP',
      'seen: said over TCP',
      'client',
      'observer',
      'server',
      '',
    ]);
    const log = await dispatch.run(['group', 'log', `trio-${wish}`], { env });
    for (const call of ['= send address', '= wait address', '= sync up', '= put got', '= commit'])
      expect(log.stdout).toContain(call);
    const status = await dispatch.run(['group', 'status', `trio-${wish}`, '--json'], { env });
    const { attempts } = JSON.parse(status.stdout) as { attempts: GroupAttempt[] };
    expect(attempts.map(({ state }) => state)).toEqual(['committed']);
    expect(new Set(attempts[0]?.members.map(({ builder }) => builder)).size).toBe(3);
    const again = await dispatch.run(build, { env });
    expect(again.stdout).toBe(stdout);
    expect(again.stderr).toContain('everything is there already');
  },
);

interface GroupAttempt {
  readonly state: string;
  readonly members: readonly { readonly builder: string }[];
}
