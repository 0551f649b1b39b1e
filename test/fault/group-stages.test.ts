import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coordinatorsOf } from '../e2e/dispatch.ts';
import { makeFarmFolder, removeFarmFolder } from '../farm/farm-folder.ts';
import type { ClientResult } from '../farm/hub.ts';
import { killProcesses } from '../farm/processes.ts';
import { FragileBuilder } from './fault-farm.ts';
import {
  type AttemptStatus,
  GroupScene,
  type MemberName,
  members,
  type Stage,
  signed,
  stages,
} from './group-scene.ts';
import { GroupWorld } from './group-world.ts';
import { ledgerFolder } from './ledger-lock.ts';

let folder: string;
let world: GroupWorld;

beforeAll(async () => {
  folder = makeFarmFolder();
  world = await GroupWorld.start(join(folder, 'marks'));
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  removeFarmFolder(folder);
});

/** Something that happens to a group; resolves when it is healed, if it needs that. */
type Strike = (scene: GroupScene, stage: Stage) => void | Promise<void>;

/** The machine of a member; while there are no places yet, that of the input that all share. */
function machineOf(scene: GroupScene, stage: Stage, member: MemberName): FragileBuilder {
  const uri = stage === 'forming' ? scene.placeOfInput : scene.placeOf(member);
  return new FragileBuilder(world.builderAt(uri));
}

const strikes = {
  'the machine of one': async (scene, stage) => {
    const machine = machineOf(scene, stage, 'third');
    await machine.crash();
    await machine.start();
  },
  'the machine of one that is finished': async (scene, stage) => {
    const machine = machineOf(scene, stage, 'first');
    await machine.crash();
    await machine.start();
  },
  'the daemon of one': (scene, stage) =>
    machineOf(scene, stage, 'third').killSessions('nix-daemon'),
  'the link of one': async (scene, stage) => {
    const { builder } = machineOf(scene, stage, 'third');
    builder.network.cut();
    await sleep(3000);
    builder.network.mend();
  },
  'one by itself': async (scene) => {
    scene.fail('third');
    await scene.run.ended;
    scene.failNobody();
  },
  'the coordinator': () => killProcesses(coordinatorsOf(world.farm.folder)),
  'the client': (scene) => scene.run.signal('SIGKILL'),
} as const satisfies Record<string, Strike>;

type Victim = keyof typeof strikes;

const from = (first: Stage): readonly Stage[] => stages.slice(stages.indexOf(first));
const until = (last: Stage): readonly Stage[] => stages.slice(0, stages.indexOf(last) + 1);

/** At which stages each victim exists. */
const plan: Readonly<Record<Victim, readonly Stage[]>> = {
  'the machine of one': stages,
  'the machine of one that is finished': from('one finished'),
  'the daemon of one': from('reserved').filter((stage) => stage !== 'committing'),
  'the link of one': ['staging', 'running', 'all but one finished'],
  'one by itself': until('all but one finished').filter((stage) => from('started').includes(stage)),
  'the coordinator': stages,
  'the client': stages,
};

/** Whether the attempt may count all the same: all members, or the one that was struck, had ended well. */
function mayCount(victim: Victim, stage: Stage): boolean {
  if (victim === 'the machine of one that is finished') return true;
  return stage === 'committing' && victim !== 'the coordinator';
}

/** What is tried each time; the other cases of `plan`, which are much the same, only where there is time. */
const always: Readonly<Record<Victim, readonly Stage[]>> = {
  'the machine of one': stages,
  'the machine of one that is finished': ['all but one finished'],
  'the daemon of one': ['staging', 'running'],
  'the link of one': ['running'],
  'one by itself': ['running', 'all but one finished'],
  'the coordinator': stages,
  'the client': ['running', 'committing'],
};
const tried = process.env['DISPATCH_FAULT_SECONDS'] === undefined ? always : plan;

const cases = (Object.keys(tried) as Victim[]).flatMap((victim) =>
  tried[victim].map((stage): [Victim, Stage] => [victim, stage]),
);

describe.each(cases)('%s is struck at the stage "%s"', (victim, stage) => {
  test('it counts for nothing, and the next attempt runs all members on new paths', async () => {
    const name = `${victim}-${stage}`.replaceAll(/\W+/g, '-');
    await using scene = new GroupScene(world, name);
    await scene.reach(stage);
    await strikes[victim](scene, stage);
    await scene.letGo();
    const struck = await scene.run.ended;
    const calm = await scene.build().ended;
    expect(`${calm.code} ${calm.stderr}`).toMatch(/^0 /);
    const attempts = await scene.attempts();
    const isVoid = from('started').includes(stage) && !mayCount(victim, stage);
    const voidStates = ['failed', 'lost', 'cancelled', 'interrupted'];
    expect(isVoid ? voidStates : [...voidStates, 'committed']).toContain(attempts[0]?.state);
    await checkOneVerdict(scene, attempts, [struck, calm]);
  });
});

const lateStages = ['one finished', 'all but one finished'] as const;

describe.each(lateStages)('the ledger is lost with its coordinator at the stage "%s"', (stage) => {
  test('what is left on machines counts for nothing, and all members run on new paths', async () => {
    await using scene = new GroupScene(world, `ledger-${stage}`.replaceAll(' ', '-'));
    await scene.reach(stage);
    const begun = await scene.attempts();
    expect(begun.map(({ state }) => state)).toEqual(['running']);
    // The command starts the next coordinator at once, which must not find half a ledger.
    const ledger = ledgerFolder(world.farm);
    renameSync(ledger, `${ledger}, lost with ${stage}`);
    killProcesses(coordinatorsOf(world.farm.folder));
    await scene.letGo();
    const struck = await scene.run.ended;
    const calm = await scene.build().ended;
    expect(`${calm.code} ${calm.stderr}`).toMatch(/^0 /);
    const known = await scene.attempts();
    expect(known.map(({ mark }) => mark)).not.toContain(begun[0]?.mark);
    // No ledger knows any longer that it began, but this test does.
    const lost = begun.map((attempt) => ({ ...attempt, state: 'interrupted' }));
    await checkOneVerdict(scene, [...lost, ...known], [struck, calm]);
  });
});

/**
 * Checks that no attempt counts by half: not in the hub, not with the client, not on another machine; and that no
 * path is used twice.
 */
async function checkOneVerdict(
  scene: GroupScene,
  attempts: readonly AttemptStatus[],
  runs: readonly ClientResult[],
): Promise<void> {
  const outputs = attempts.flatMap(outputsOf);
  expect(new Set(outputs).size).toBe(outputs.length);
  expect(attempts.map(({ state }) => state)).not.toContain('running');
  const withoutEffect = attempts.filter(({ state }) => state !== 'committed');
  const inHub = await Promise.all(
    outputs.map(async (out) => [out, await world.hubHas(out)] as const),
  );
  expect(inHub.filter(([, isThere]) => isThere).map(([out]) => out)).toEqual([]);
  expect(withoutEffect.flatMap(copiesOf)).toEqual([]);
  expect(runs.flatMap((run) => announced(scene, run, withoutEffect))).toEqual([]);
  checkJoin(runs.at(-1)?.stdout ?? '', attempts);
  for (const out of outputs) {
    const begun = world.marks.filter((mark) => mark.out === out && mark.what === 'begin');
    expect(begun.length, `${out} begun`).toBeLessThanOrEqual(1);
  }
}

/** Checks that the join reads what all members made in one attempt that counts. */
function checkJoin(stdout: string, attempts: readonly AttemptStatus[]): void {
  const joined = readFileSync(world.farm.hub.daemon.realPath(stdout.trim()), 'utf8');
  const found = attempts.filter(
    (attempt) =>
      attempt.members.length === members.length &&
      attempt.members.every(({ name, outputs: { out } }) =>
        joined.includes(signed(name, out ?? '')),
      ),
  );
  expect(found.map(({ state }) => state)).toEqual(['committed']);
  for (const out of found.flatMap(outputsOf)) {
    const marks = world.marks.filter((mark) => mark.out === out).map(({ what }) => what);
    expect(marks).toEqual(['begin', 'end']);
  }
}

function outputsOf({ members: all }: AttemptStatus): string[] {
  return all.flatMap(({ outputs }) => Object.values(outputs));
}

/** Outputs of an attempt that are on a machine where they were not made. */
function copiesOf({ members: all }: AttemptStatus): string[] {
  return all.flatMap(({ builder, outputs }) => {
    const others = world.farm.builders.filter(({ uri }) => uri !== builder);
    return Object.values(outputs).filter((out) =>
      others.some(({ daemon }) => existsSync(daemon.realPath(out))),
    );
  });
}

/** Members of attempts that do not count, of which a run told that they were built. */
function announced(
  scene: GroupScene,
  { stderr }: ClientResult,
  attempts: readonly AttemptStatus[],
): string[] {
  const steps = new Set(attempts.flatMap(({ members: all }) => all.map(({ drvPath }) => drvPath)));
  return scene
    .events(stderr)
    .filter(({ type, result }) => type === 'step-ended' && result?.type === 'succeeded')
    .map(({ step = '' }) => step)
    .filter((step) => steps.has(step));
}
