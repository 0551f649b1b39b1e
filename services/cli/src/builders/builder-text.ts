import { namedSystems, offersOf } from '@dispatch/builders/machine';
import type { Survey } from '@dispatch/builders/survey';
import { machineName } from '../show/machine-name.ts';
import { count, duration, size } from '../show/quantities.ts';
import { table } from '../show/table.ts';
import { harmless } from '../show/terminal.ts';
import { type BuilderAnswer, drainedBy, unnamedFeatures } from './builder-answer.ts';

/** One machine for a person who watches the answers come in: a few lines. */
export function builderLines(answer: BuilderAnswer): string[] {
  const { machine, survey, problems } = answer;
  const offers = [
    namedSystems(machine).join(', ') || 'no system',
    count(machine.maxJobs, 'slot'),
    ...(machine.speedFactor === 1 ? [] : [`speed ${machine.speedFactor}`]),
    ...(featuresText(answer) === '' ? [] : [featuresText(answer)]),
  ];
  const facts = [stateOf(answer), ...(survey === undefined ? [] : knownFacts(survey))];
  return [
    `${machineName(machine.uri)}: ${facts.join(', ')}`,
    `  ${offers.join('; ')}`,
    ...problems.map((problem) => `  ! ${harmless(problem)}`),
  ];
}

function knownFacts(survey: Survey): string[] {
  const { nixVersion, protocolVersion, trust, connectMs, latencyMs, freeBytes } = survey;
  return [
    `Nix ${nixVersion ?? 'that does not say its version'} (protocol ${protocolVersion})`,
    trustTexts[trust],
    `answers in ${duration(latencyMs)} (connected in ${duration(connectMs)})`,
    ...(freeBytes === undefined ? [] : [`${size(freeBytes)} free`]),
  ];
}

const trustTexts = {
  trusted: 'trusts us',
  'not-trusted': 'does not trust us',
  unknown: 'does not say whether it trusts us',
} as const;

const header = [
  'BUILDER',
  'STATE',
  'LATENCY',
  'NIX',
  'PROTOCOL',
  'TRUSTED',
  'SLOTS',
  'FREE',
  'SYSTEMS',
  'FEATURES',
];

/** All machines for a file or a pipe: a table, and under it what is wrong. */
export function builderTable(answers: readonly BuilderAnswer[]): string[] {
  const problems = answers.flatMap(({ machine, problems: found }) =>
    found.map((problem) => `${machineName(machine.uri)}: ${harmless(problem)}`),
  );
  const rows = table(header, answers.map(rowOf));
  return problems.length === 0 ? rows : [...rows, '', ...problems];
}

function rowOf(answer: BuilderAnswer): string[] {
  const { machine, survey } = answer;
  return [
    machineName(machine.uri),
    stateOf(answer),
    ...(survey === undefined
      ? ['-', '-', '-', '-']
      : [
          duration(survey.latencyMs),
          survey.nixVersion ?? '-',
          survey.protocolVersion,
          trustCells[survey.trust] + (survey.trustFrom === 'tried' ? ' (tried)' : ''),
        ]),
    String(machine.maxJobs),
    survey?.freeBytes === undefined ? '-' : size(survey.freeBytes),
    namedSystems(machine).join(',') || '-',
    featuresText(answer) || '-',
  ];
}

const trustCells = { trusted: 'yes', 'not-trusted': 'no', unknown: '-' } as const;

function stateOf(answer: BuilderAnswer): string {
  const { survey, isUsable } = answer;
  const why = drainedBy(answer);
  if (why !== undefined) return why === 'skip' ? 'skipped' : 'drained';
  if (survey === undefined) return 'unreachable';
  return isUsable ? 'ok' : 'unusable';
}

/** All features and resources, marked where the daemon lacks one, the line lacks one, or the machine is kept for one. */
function featuresText(answer: BuilderAnswer): string {
  const { machine, missingFeatures } = answer;
  const mark = (feature: string): string =>
    missingFeatures.includes(feature) ? `${feature} (missing)` : feature;
  const unnamed = unnamedFeatures(answer).map((feature) => `${feature} (not in its line)`);
  const named = offersOf(machine).flatMap(({ supportedFeatures, mandatoryFeatures }) => [
    ...supportedFeatures.map(mark),
    ...mandatoryFeatures.map((feature) => `${mark(feature)} (mandatory)`),
  ]);
  const counted = Object.entries(machine.resources ?? {}).map(
    ([name, units]) => `${units} × ${mark(name)}`,
  );
  return [...new Set(named), ...unnamed, ...counted].join(', ');
}
