import type { MemberEnding } from '@dispatch/ledger/group-attempt';
import { machineName } from './machine-name.ts';
import { duration } from './quantities.ts';
import { aligned } from './table.ts';
import { oneLine } from './terminal.ts';

/** What became of a member of a group. */
export interface MemberEnd {
  readonly name: string;
  readonly builder: string | undefined;
  /** Whether it ended the group, or was ended with it; undefined where all is well. */
  readonly part: 'cause' | 'consequence' | undefined;
  readonly ending: MemberEnding | undefined;
  /** The phase that it failed in. */
  readonly phase?: string | undefined;
}

/** One line for each member: the cause first, then the consequences. */
export function memberRows(members: readonly MemberEnd[]): string[] {
  const isCause = ({ part }: MemberEnd): boolean => part === 'cause';
  const sorted = members.toSorted((a, b) => Number(isCause(b)) - Number(isCause(a)));
  return aligned(sorted.map(rowOf)).map((row) => row.trimStart());
}

function rowOf({ name, builder, part, ending, phase }: MemberEnd): string[] {
  const where = builder === undefined ? '' : `on ${machineName(builder)}`;
  const phaseText = phase === undefined ? '' : ` in ${oneLine(phase)}`;
  return [
    part === undefined ? '' : `${part}:`,
    oneLine(name),
    oneLine(where),
    `${endingText(ending)}${phaseText}`,
  ];
}

function endingText(ending: MemberEnding | undefined): string {
  if (ending === undefined) return '';
  const took = ending.durationMs === undefined ? '' : ` after ${duration(ending.durationMs)}`;
  return `${endings[ending.outcome]}${took}`;
}

const endings: Readonly<Record<MemberEnding['outcome'], string>> = {
  succeeded: 'ended well',
  failed: 'failed',
  stopped: 'stopped',
  'never-started': 'never began',
};
