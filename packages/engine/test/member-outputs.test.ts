import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import type { StorePath } from '@dispatch/nix/store-path';
import { expect, it } from 'vitest';
import { MemberOutputs } from '../src/execute/member-outputs.ts';
import type { Provenance } from '../src/execute/provenance.ts';

function path(name: string): StorePath {
  return `/nix/store/${'0'.repeat(32)}-${name}` as StorePath;
}

/**
 * The outputs of a member called `made`, where paths have these references; and how often those were looked
 * up.
 */
function played(references: ReadonlyMap<StorePath, readonly StorePath[]>) {
  let lookUps = 0;
  const member = { path: path('member.drv'), text: { outputs: [{ path: path('made') }] } };
  const graph = { get: () => member } as unknown as DerivationGraph;
  const referencesOf = (of: StorePath): readonly StorePath[] => {
    lookUps += 1;
    return references.get(of) ?? [];
  };
  const provenance = { referencesOf } as unknown as Provenance;
  const outputs = new MemberOutputs(graph, new Set([member.path]), provenance);
  return { outputs, lookUps: () => lookUps };
}

it('what is made by a member, and all that refers to it, rests on members', () => {
  const { outputs } = played(
    new Map([
      [path('top'), [path('middle'), path('plain')]],
      [path('middle'), [path('made'), path('middle')]],
      [path('elsewhere'), [path('made')]],
    ]),
  );
  const restsOnMembers = outputs.restOnMembers([path('top'), path('other')]);
  const names = ['top', 'middle', 'made', 'elsewhere', 'plain', 'other', 'unknown'];
  expect(names.filter((name) => restsOnMembers(path(name)))).toEqual(names.slice(0, 4));
});

it('paths that are asked about one by one are looked up once each', () => {
  const chain = Array.from({ length: 2000 }, (_, at) => path(`link-${at}`));
  const { outputs, lookUps } = played(
    new Map(chain.map((one, at) => [one, chain.slice(at + 1, at + 3)])),
  );
  const restsOnMembers = outputs.restOnMembers(chain.slice(0, 1));
  expect(chain.some(restsOnMembers)).toBe(false);
  expect(lookUps()).toBe(2000);
});
