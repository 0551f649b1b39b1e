import { type BuilderAnswer, drainedBy } from './builder-answer.ts';

/** A machine for programs, as `docs/json.md` has it. */
export function builderJson(answer: BuilderAnswer): object {
  const { machine, withdrawal, survey, isUsable, missingFeatures, problems } = answer;
  const why = drainedBy(answer);
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
    drained: why !== undefined,
    drainedBy: why,
    drainedAt: withdrawal?.since,
    connectMs: survey?.connectMs,
    latencyMs: survey?.latencyMs,
    nixVersion: survey?.nixVersion,
    protocolVersion: survey?.protocolVersion,
    trusted: survey && { trusted: true, 'not-trusted': false, unknown: undefined }[survey.trust],
    trustFrom: survey?.trustFrom,
    ownSystem: survey?.offer?.system,
    ownFeatures: survey?.offer?.features,
    missingFeatures,
    sandbox: survey?.settings?.sandbox,
    sandboxPaths: survey?.settings?.sandboxPaths,
    postBuildHook: survey?.settings?.postBuildHook,
    freeBytes: survey?.freeBytes,
    problems,
  };
}
