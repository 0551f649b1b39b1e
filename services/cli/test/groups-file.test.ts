import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildOrderSchema } from '@dispatch/coordinator/messages/build-order';
import { type GroupPolicies, usualGroupPolicy } from '@dispatch/engine/groups/group-policy';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readGroupsFile } from '../src/world/groups-file.ts';

let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
  mkdirSync(join(folder, 'dispatch'));
  file = join(folder, 'dispatch', 'groups.toml');
});
afterEach(() => rmSync(folder, { recursive: true }));

function policies(text: string | undefined, groups?: string): Promise<GroupPolicies | undefined> {
  if (text !== undefined) writeFileSync(file, text);
  return readGroupsFile({ groups }, { XDG_CONFIG_HOME: folder, HOME: folder });
}

const everything = `
[groups.can-bus-hil]
hosts = "distinct"
queue-seconds = 3600
assemble-seconds = 300
barrier-seconds = 60
run-seconds = 900
grace-seconds = 0
retries = 2

[groups.can-bus-hil.roles.board]
count = 2
builders = ["me@lab", "ssh://lab-2"]
tags = ["lab-a"]
hosts = "distinct"
resources = ["board-imx8"]

[groups.can-bus-hil.roles.camera]
optional = true
`;

it('says how a group is carried out, with machines under the names that they have everywhere', async () => {
  expect(await policies(everything)).toEqual({
    'can-bus-hil': {
      roles: {
        board: {
          count: 2,
          optional: false,
          builders: ['ssh-ng://me@lab', 'ssh-ng://lab-2'],
          tags: ['lab-a'],
          hosts: 'distinct',
          resources: ['board-imx8'],
        },
        camera: { optional: true, hosts: 'any', resources: [] },
      },
      hosts: 'distinct',
      queueSeconds: 3600,
      assembleSeconds: 300,
      barrierSeconds: 60,
      runSeconds: 900,
      graceSeconds: 0,
      retries: 2,
    },
  });
});

it('leaves what it does not say as it is usual', async () => {
  expect(await policies('[groups.small]')).toEqual({ small: usualGroupPolicy });
  expect(await policies('')).toEqual({});
});

it('need not be there where nobody named it, and must where somebody did', async () => {
  expect(await policies(undefined)).toBeUndefined();
  await expect(policies(undefined, join(folder, 'none'))).rejects.toThrow(
    /groups file .*none: ENOENT/,
  );
});

it('says nothing that a coordinator would not take', async () => {
  const order = {
    roots: [{ drvPath: `/nix/store/${'a'.repeat(32)}-x.drv`, outputs: 'all' }],
    links: null,
    keepGoing: false,
    settings: { maxSilentTime: 0 },
    groups: JSON.parse(JSON.stringify(await policies(everything))) as unknown,
    world: { folder: '/', environment: {} },
  };
  expect(buildOrderSchema.safeParse(order).error).toBeUndefined();
});

it.each([
  ['[group.x]', '1: group is not known here'],
  ['[groups.x]\n\nbarrier-second = 1', '3: groups.x.barrier-second is not known here'],
  [
    '[groups.x]\nbarrier-seconds = 0',
    '2: groups.x.barrier-seconds must be a number of seconds above',
  ],
  ['[groups.x]\nrun-seconds = "1h"', '2: groups.x.run-seconds must be a number of seconds'],
  ['[groups.x]\nretries = 1.5', '2: groups.x.retries must be a whole number'],
  ['[groups.x]\nhosts = "both"', '2: groups.x.hosts must be "any", "distinct" or "same"'],
  ['[groups.x.roles.a]\ncount = 0', '2: groups.x.roles.a.count must be a whole number above 0'],
  ['[groups.x.roles.a]\noptional = 1', '2: groups.x.roles.a.optional must be true or false'],
  ['[groups.x.roles.a]\ntags = "lab"', '2: groups.x.roles.a.tags must be a list of words'],
  ['[groups.x.roles.a]\nbuilders = []', '2: groups.x.roles.a.builders must name a machine'],
  [
    '[groups.x.roles.a]\nbuilders = ["a", 0]',
    '2: groups.x.roles.a.builders must be a list of words',
  ],
  ['[groups.x.roles.a]\nbuilders = ["ftp://a"]', '2: groups.x.roles.a.builders '],
  [
    '[groups.x]\nhosts = "same"\n[groups.x.roles.a]\nhosts = "distinct"',
    '4: groups.x.roles.a.hosts cannot be "distinct" where all members must be "same"',
  ],
  ['[groups.can-bus]\n[groups.can]\nretry = 1', '3: groups.can.retry is not known here'],
  ['[groups.x]\nhosts = = 1', '2: '],
])('refuses %j with line and key', async (text, place) => {
  await expect(policies(text)).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining(`${file}:${place}`),
  });
});
