import { isInSandbox } from '@dispatch/builders/daemon-settings';
import { claimedFeatures, type Machine } from '@dispatch/builders/machine';
import type { Survey } from '@dispatch/builders/survey';
import { groupFeature } from '@dispatch/graph/groups/group-rules';
import { rendezvousFolder } from '@dispatch/rendezvous/socket-path';
import { sandboxAdvice } from './feature-advice.ts';

/**
 * What a machine for groups lacks, with the line to add, and what it does that no group can stand. One
 * that nobody gives members to has nothing of it to answer for.
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
    `its post-build-hook ${hook} is run with each member of a group that ends well, before the group ` +
    'counts: what it publishes stays published although another fails. Members that wait for the verdict ' +
    `(mkMember's do) are safe; for others take ${groupFeature} out of 'system-features' there, or the hook out`
  );
}
