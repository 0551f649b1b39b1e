import {
  type Cause,
  type DerivationForm,
  type Explanation,
  haveSameOutputs,
} from '@dispatch/engine/explain/explanation';
import { chainText } from '../check/check-text.ts';
import { recordJson, recordText } from '../show/poison-record.ts';
import { harmless } from '../show/terminal.ts';

/** Why a path is what it is, for people. */
export function explainLines(explanation: Explanation, now: number): string[] {
  const { subject, original, inHand, causes } = explanation;
  const isOriginal = inHand.drvPath === original.drvPath;
  return [
    `${harmless(subject.word)} is ${subject.name}${isOriginal ? ', exactly as Nix computed it' : ', rewritten'}`,
    ...(isOriginal ? [`  ${inHand.drvPath}`] : movedLines(original, inHand)),
    ...causes.flatMap((cause) => causeLines(cause, now)),
    ...(isOriginal ? [] : wayLines(explanation)),
    ...presentLines(explanation, now),
  ];
}

/** What became of each path. */
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
    return ['its .drv file is gone; an earlier run remembers its paths, but not why they changed'];
  }
  if (!haveSameOutputs(original, inHand)) return [];
  return ['its outputs stay the same: their paths hang on their declared content'];
}

/** What the ledger says now, where that is something else. */
function presentLines({ subject, form, inHand, now: forms, causesNow }: Explanation, now: number) {
  if (forms === undefined) return subject.from === 'run' && form === 'stale' ? [staleText] : [];
  if (forms.drvPath === inHand.drvPath) {
    return causesNow.length === 0
      ? ['nothing below it is poisoned']
      : ['this is what is built now'];
  }
  if (causesNow.length === 0) {
    return [
      'the poison was cleared since: now it is built as Nix computed it:',
      ...movedLines(inHand, forms),
    ];
  }
  return [
    `${staleText}:`,
    ...movedLines(inHand, forms),
    ...causesNow.flatMap((cause) => causeLines(cause, now)),
  ];
}

const staleText = 'it is stale; now it is built as another';

/** The same for programs. */
export function explainJson(explanation: Explanation): object {
  const { subject, form, original, inHand, now, causes, causesNow } = explanation;
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
