import {
  type Cause,
  type DerivationForm,
  type Explanation,
  type GroupNow,
  haveSameOutputs,
} from '@dispatch/engine/explain/explanation';
import type { GroupPart, MemberPart } from '@dispatch/engine/explain/group-parts';
import { chainText } from '../check/check-text.ts';
import { groupTitle } from '../show/group-title.ts';
import { recordJson, recordText } from '../show/poison-record.ts';
import { harmless, oneLine } from '../show/terminal.ts';

/** Why a path differs from what Nix computed, for people. */
export function explainLines(explanation: Explanation, now: number): string[] {
  const { subject, original, inHand, causes, groups, member } = explanation;
  const isOriginal = inHand.drvPath === original.drvPath;
  return [
    `${harmless(subject.word)} is ${subject.name}${isOriginal ? ', exactly as Nix computed it' : ', rewritten'}`,
    ...(isOriginal ? [`  ${inHand.drvPath}`] : movedLines(original, inHand)),
    ...(member === undefined ? [] : [memberText(member)]),
    ...causes.flatMap((cause) => causeLines(cause, now)),
    ...groups.flatMap(groupLines),
    ...(isOriginal ? [] : wayLines(explanation)),
    ...presentLines(explanation, now),
  ];
}

/** The paths of a derivation in one form, and what they became in another. */
function movedLines(from: DerivationForm, to: DerivationForm): string[] {
  const lines = [`  ${from.drvPath}`, `  -> ${to.drvPath}`];
  for (const [index, { name, path }] of from.outputs.entries()) {
    const after = to.outputs[index]?.path;
    if (path === undefined || after === undefined) {
      lines.push(`  ${name}: its path is known only after the build`);
    } else if (path === after) lines.push(`  ${name}: ${path}, the same`);
    else lines.push(`  ${name}: ${path}`, `  ${' '.repeat(name.length)}  -> ${after}`);
  }
  return lines;
}

function causeLines({ name, serial, record, chain }: Cause, now: number): string[] {
  const why =
    record === undefined
      ? "this ledger does not know it: somebody's poison, unproven"
      : recordText(record, now);
  return [
    `because ${name} has serial ${serial}; ${why}`,
    ...(chain.length > 1 ? [`  ${chainText(chain)}`] : []),
  ];
}

function wayLines({ subject, original, inHand }: Explanation): string[] {
  if (subject.from === 'run') {
    return ['an earlier run remembers its paths, but not why they changed'];
  }
  if (!haveSameOutputs(original, inHand)) return [];
  return ['its outputs stay the same: their paths depend on their declared content'];
}

/** What is built now according to the ledger, and why, where that is another form. */
function presentLines(explanation: Explanation, now: number): string[] {
  const { subject, form, inHand, now: forms, causesNow, groupsNow } = explanation;
  if (forms === undefined) {
    if (subject.from !== 'run') return groupsNow.flatMap(retriedText);
    return [...(form === 'stale' ? [staleText] : []), unseenText];
  }
  const isPlain = causesNow.length === 0 && groupsNow.length === 0;
  if (forms.drvPath === inHand.drvPath)
    return [isPlain ? 'nothing below it is poisoned' : 'this is what is built now'];
  return [
    `${isPlain ? clearedText : becauseOf(explanation)}:`,
    ...movedLines(inHand, forms),
    ...causesNow.flatMap((cause) => causeLines(cause, now)),
    ...groupsNow.flatMap(groupLines),
  ];
}

/** The heading for another form: an original is not stale because it, or an input, is a member of a group. */
function becauseOf({ original, inHand, causesNow }: Explanation): string {
  const isOnlyGrouped = inHand.drvPath === original.drvPath && causesNow.length === 0;
  return isOnlyGrouped ? 'with the ids of its groups it is built as another' : staleText;
}

function memberText({ group, role }: MemberPart): string {
  return `it is a member of the group ${oneLine(group)}, as ${oneLine(role)}: built only together with the others, under paths that depend on all of them`;
}

function groupLines(part: GroupPart): string[] {
  const { chain } = part;
  const what = chain.length > 1 ? 'it depends on members of' : 'it is a member of';
  return [
    `because ${what} the group ${groupTitle(part)}`,
    ...(chain.length > 1 ? [`  ${chainText(chain)}`] : []),
  ];
}

function retriedText(group: GroupNow): string[] {
  if (group.state !== 'again') return [];
  return [
    `the group ${oneLine(group.name)} was tried in vain: when it is built again, its members and what ` +
      'depends on them get new paths',
  ];
}

const staleText = 'it is stale; now it is built as another';

const unseenText =
  "what is below it cannot be looked at, since its .drv file is gone; 'dispatch check' goes by what it refers to";

const clearedText = 'the poison was cleared since: now it is built as Nix computed it';

/** The same for programs. */
export function explainJson(explanation: Explanation): object {
  const { subject, form, original, inHand, member, now, causes, causesNow } = explanation;
  return {
    given: subject.word,
    path: subject.path,
    name: subject.name,
    from: subject.from,
    form,
    isOriginal: inHand.drvPath === original.drvPath,
    isCurrent: now === undefined ? null : inHand.drvPath === now.drvPath,
    original: formJson(original),
    inHand: formJson(inHand),
    now: now === undefined ? null : formJson(now),
    causes: causes.map(causeJson),
    causesNow: causesNow.map(causeJson),
    member: member ?? null,
    groups: explanation.groups,
    groupsNow: explanation.groupsNow,
  };
}

function formJson({ drvPath, outputs }: DerivationForm): object {
  return {
    drvPath,
    outputs: Object.fromEntries(outputs.map(({ name, path }) => [name, path ?? null])),
  };
}

function causeJson({ original, name, serial, record, chain }: Cause): object {
  return {
    drvPath: original,
    name,
    serial,
    record: record === undefined ? null : recordJson(record),
    chain,
  };
}
