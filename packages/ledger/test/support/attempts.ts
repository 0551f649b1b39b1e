import { createHash } from 'node:crypto';
import type {
  AttemptMember,
  GroupAttempt,
  GroupCommit,
  GroupFailure,
  MemberEnding,
} from '../../src/group-attempt.ts';
import { drv, path } from './samples.ts';

/** A hash that is the same for the same label. */
export function hash(label: string): string {
  return createHash('sha256').update(label).digest('hex');
}

function member(name: string, mark: string): AttemptMember {
  return {
    name,
    role: name,
    original: drv(name),
    rewritten: drv(`${name}-${mark}`),
    builder: 'ssh-ng://one',
    outputs: [{ name: 'out', path: path(`${name}-${mark}`) }],
    logFile: `/var/log/${name}`,
  };
}

export function attempt(
  label: string,
  mark = 'first',
  rest: Partial<GroupAttempt> = {},
): GroupAttempt {
  return {
    key: hash(label),
    mark,
    id: hash(`${label} ${mark}`),
    name: label,
    run: 'r1',
    startedAt: 1_700_000_000_000,
    isTrial: false,
    members: [member('board', mark), member('probe', mark)],
    logFile: undefined,
    ...rest,
  };
}

function endings(of: GroupAttempt, outcome: MemberEnding['outcome']): MemberEnding[] {
  return of.members.map(({ name }) => ({ name, outcome, durationMs: 1500 }));
}

export function commit(of: GroupAttempt, rest: Partial<GroupCommit> = {}): GroupCommit {
  const paths = of.members.flatMap(({ outputs }) => outputs.map((output) => output.path));
  return {
    type: 'committed',
    endedAt: 1_700_000_002_000,
    members: endings(of, 'succeeded'),
    outputs: paths.map((each) => ({ path: each, narHash: hash(each), narSize: 120 })),
    ...rest,
  };
}

export function failure(of: GroupAttempt, rest: Partial<GroupFailure> = {}): GroupFailure {
  return {
    type: 'failed',
    endedAt: 1_700_000_002_000,
    cause: { member: 'board', reason: 'exit 1' },
    members: endings(of, 'stopped'),
    ...rest,
  };
}
