import type { BuilderAnswer } from './builder-answer.ts';

/** A machine for programs; what is not known is null. */
export function builderJson({
  machine,
  survey,
  isUsable,
  missingFeatures,
  problems,
}: BuilderAnswer): object {
  return {
    ...machine,
    reachable: survey !== undefined,
    usable: isUsable,
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
