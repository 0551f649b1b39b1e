import { isDrained } from '@dispatch/engine/execute/farm-builder';
import type { BuilderAnswer } from './builder-answer.ts';

/** A machine for programs, as `docs/json.md` has it. */
export function builderJson({
  machine,
  survey,
  isUsable,
  missingFeatures,
  problems,
}: BuilderAnswer): object {
  return {
    uri: machine.uri,
    systems: machine.systems,
    sshKey: machine.sshKey,
    maxJobs: machine.maxJobs,
    speedFactor: machine.speedFactor,
    supportedFeatures: machine.supportedFeatures,
    mandatoryFeatures: machine.mandatoryFeatures,
    publicHostKey: machine.publicHostKey,
    alsoOffers: machine.alsoOffers ?? [],
    resources: Object.entries(machine.resources ?? {}).map(([name, units]) => ({ name, units })),
    reachable: survey !== undefined,
    usable: isUsable,
    drained: isDrained({ machine }),
    connectMs: survey?.connectMs,
    latencyMs: survey?.latencyMs,
    nixVersion: survey?.nixVersion,
    protocolVersion: survey?.protocolVersion,
    trusted: survey && { trusted: true, 'not-trusted': false, unknown: undefined }[survey.trust],
    trustFrom: survey?.trustFrom,
    ownSystem: survey?.offer?.system,
    ownFeatures: survey?.offer?.features,
    missingFeatures,
    freeBytes: survey?.freeBytes,
    problems,
  };
}
