import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { groupBuilder } from '../farm/group-builders.ts';
import { nixProgram, nixVersions } from '../farm/installed-nix.ts';
import { Dispatch } from './dispatch.ts';

const library = join(import.meta.dirname, '../../services/cli/nix/dispatch-groups.nix');
let farm: Farm;

/** A builder of each version of Nix, on which its own member is built. */
beforeAll(async () => {
  farm = await startFarm({
    hub: { features: ['dispatch-group'] },
    builders: nixVersions().map((nix) =>
      groupBuilder(`v${nix}`, {
        nix,
        features: [`nix-${nix}`],
        ssh: true,
        away: false,
        ownRoot: false,
      }),
    ),
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

let written = 0;

/** Writes an expression in whose scope are the library's functions and `shell`. */
function writeExpression(text: string): string {
  written += 1;
  const file = join(farm.folder, `library-${written}.nix`);
  writeFileSync(file, `${prelude}\n${text}\n`);
  return file;
}

const prelude = `let
  inherit (import ${library} { }) mkMember mkJoin;
  system = builtins.currentSystem;
  shell = name: builder: script: attributes: derivation ({
    inherit name system builder;
    args = [ "-euc" "export PATH=/usr/bin:/bin\\n\${script}" ];
  } // attributes);
in`;

const hub = (args: readonly string[], program = 'nix-instantiate') => farm.hub.run(program, args);

/** Everything that members can say to each other, and what they are told when they say it wrong. */
const everything = `
  me=$(group self name)
  group send address host="a b & c" port=$me
  group wait address from=other key=host
  group wait-all address role=talker key=port
  group list other
  group sync ready
  echo "of $me" > file
  group put file file
  group get file copy from=other
  cat copy
  group send nothing
  group wait nothing from=other
  group shout || echo "refused $?"
  group send wrong word || echo "refused $?"
  group get file copy from=nobody || echo "refused $?"
  group put file missing || echo "refused $?"
  group self group
`;

const said = (me: string): string =>
  [
    'a b & c',
    ...nixVersions().map((_, at) => `talker.${at + 1} talker.${at + 1}`),
    'other other 127.0.0.1',
    'of other',
    'refused 1',
    'refused 1',
    'refused 1',
    'refused 1',
    'all',
    `I am ${me}`,
    '',
  ].join('\n');

test('members of every kind speak to each other in any shell, with every version of Nix', async () => {
  const versions = nixVersions();
  const size = versions.length + 1;
  const plain = `(shell "plain-\${v}" "/bin/sh" ''. "$dispatchRendezvous"
    { ${everything} echo "I am $me"; } > $out'' { })`;
  const structured = `(shell "structured" "/usr/bin/bash" ''. "$NIX_BUILD_TOP/.attrs.sh"; . "$dispatchRendezvous"
    { ${everything} echo "I am $me"; } > ''\${outputs[out]}; mkdir ''\${outputs[dev]}'' {
      __structuredAttrs = true; outputs = [ "out" "dev" ]; })`;
  const file = writeExpression(`
    let
      of = role: features: mkMember { group = "all"; inherit role features; size = ${size}; };
      talkers = map (v: of "talker" [ "nix-\${v}" ] ${plain}) [ ${versions.map((v) => `"${v}"`).join(' ')} ];
    in mkJoin { group = "all"; members = talkers ++ [ (of "other" [ "nix-${versions[0]}" ] ${structured}) ]; }`);
  const { code, stdout, stderr } = await new Dispatch(farm).build(['-f', file]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const folder = farm.hub.daemon.realPath(stdout.trim());
  const talkers = versions.map((_, at) => `talker.${at + 1}`);
  expect(readdirSync(folder).toSorted()).toEqual(['other', 'other-dev', ...talkers]);
  for (const name of ['other', ...talkers]) {
    const output = farm.hub.daemon.realPath(readlinkSync(join(folder, name)));
    expect(readFileSync(output, 'utf8')).toBe(said(name));
  }
});

test('a member that is done waits for the verdict, so that no machine keeps half a success', async () => {
  const file = writeExpression(`
    let of = role: script: mkMember { group = "half"; inherit role; size = 2; } (shell role "/bin/sh" script { });
    in mkJoin { group = "half"; members = [ (of "good" "echo good > $out") (of "bad" "sleep 1; exit 3") ]; }`);
  const { code, stderr } = await new Dispatch(farm).build(['-f', file]);
  expect({ code, stderr }).toMatchObject({ code: 100 });
  expect(stderr).toMatch(/cause: +bad .*\n +consequence: +good .* stopped/);
  const kept = farm.builders.flatMap(({ daemon }) => readdirSync(daemon.realPath('/nix/store')));
  expect(kept).toContainEqual(expect.stringMatching(/-dispatch-member\.sh$/));
  expect(kept.filter((name) => name.endsWith('-good'))).toEqual([]);
});

test('every version of Nix evaluates it to the same', async () => {
  const file = writeExpression(`
    let of = role: mkMember { group = "g"; inherit role; size = 2; } (shell role "/bin/sh" "" { });
    in mkJoin { group = "g"; members = [ (of "a") (of "b") ]; }`);
  const paths = await Promise.all(
    nixVersions().map(async (nix) => hub([file], nixProgram('nix-instantiate', nix))),
  );
  expect(paths.map(({ code, stderr }) => code || stderr.includes('error'))).not.toContain(true);
  expect(new Set(paths.map(({ stdout }) => stdout))).toHaveProperty('size', 1);
});

test('nothing of the derivation is lost that becomes a member', async () => {
  const file = writeExpression(`
    let
      own = shell "own" "/bin/sh" "exit 1" { colour = "red"; requiredSystemFeatures = [ "kvm" ]; } // { meta.description = "text"; };
      member = mkMember { group = "g"; role = "r"; size = 1; features = [ "board" ]; } own;
    in builtins.toJSON { inherit (member) name colour meta requiredSystemFeatures dispatchGroupSize; last = builtins.elemAt member.args 7; }`);
  const { stdout } = await hub(['--eval', '--strict', file]);
  const text = JSON.parse(stdout) as string;
  expect(JSON.parse(text)).toEqual({
    name: 'own',
    colour: 'red',
    meta: { description: 'text' },
    requiredSystemFeatures: ['kvm', 'dispatch-group', 'board'],
    dispatchGroupSize: 1,
    last: 'export PATH=/usr/bin:/bin\nexit 1',
  });
});

test.each([
  [
    'mkMember { group = "g"; role = "r"; size = 1; } "text"',
    /role r of the group g.* no derivation/,
  ],
  [
    'mkJoin { group = "g"; members = [ (shell "x" "/bin/sh" "" { }) ]; }',
    /x is no member of a group/,
  ],
])('%s is refused in words', async (text, told) => {
  const { code, stderr } = await hub([writeExpression(text)]);
  expect(code).toBe(1);
  expect(stderr).toMatch(told);
});

test.each(['', '__structuredAttrs = true;'])(
  'by plain Nix a member fails at once, and says what to do; %s',
  async (more) => {
    const one = (attributes: string): string =>
      writeExpression(`mkMember { group = "g"; role = "r"; size = 2; }
        (shell "one" "/bin/sh" "echo built > $out" { ${more} ${attributes} })`);
    const alone = await hub(['--no-out-link', one('')], 'nix-build');
    expect(alone.code).not.toBe(0);
    expect(alone.stderr).toContain(
      "dispatch: one, role r of the group 'g', is built without the others, which tests nothing: " +
        "build what joins them, by 'dispatch build'\n",
    );
    const unmet = await hub(['--no-out-link', one('dispatchGroupId = "x";')], 'nix-build');
    expect(unmet.stderr).toMatch(
      /dispatch: one, .*, finds no \/run\/dispatch\/\w{32}: .* 'extra-sandbox-paths = \/run\/dispatch\?'\n/,
    );
  },
);
