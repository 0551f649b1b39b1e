import { isInSandbox } from '@dispatch/builders/daemon-settings';
import { claimedFeatures, type Machine } from '@dispatch/builders/machine';
import type { Survey } from '@dispatch/builders/survey';
import { groupFeature } from '@dispatch/graph/groups/group-rules';
import { rendezvousFolder } from '@dispatch/rendezvous/socket-path';
import { sandboxAdvice } from './feature-advice.ts';

/**
 * What a machine for groups lacks, with the line to add, and what it does that is wrong for groups.
 * Nothing for machines without the feature, since they get no members.
 */
export function groupAdvice(machine: Machine, { offer, settings }: Survey): string[] {
  const features = offer?.features ?? claimedFeatures(machine);
  if (settings === undefined || !features.includes(groupFeature)) return [];
  return [
    ...(isInSandbox(settings, rendezvousFolder) ? [] : [sandboxAdvice(rendezvousFolder)]),
    ...(settings.postBuildHook === undefined ? [] : [hookAdvice(settings.postBuildHook)]),
  ];
}

function hookAdvice(hook: string): string {
  return (
    `its post-build-hook ${hook} is run for each member of a group that succeeds, before the group ` +
    'counts: what it publishes stays published even if another fails. Members that wait for the verdict ' +
    `(mkMember's do) are safe; for others take ${groupFeature} out of 'system-features' there, or the hook out`
  );
}
