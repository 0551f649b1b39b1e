import type { FeaturesMissing } from '@dispatch/engine/events';

/** What to do about features that a machines file claims and the builder's own daemon lacks. */
export function featureAdvice({
  features,
  own,
  sandboxPath,
}: Omit<FeaturesMissing, 'type' | 'builder'>): string {
  if (sandboxPath !== undefined) return sandboxAdvice(sandboxPath);
  const all = [...new Set([...own, ...features])].toSorted();
  return (
    `its own daemon does not have ${features.join(', ')}: put the line 'system-features = ` +
    `${all.join(' ')}' into /etc/nix/nix.conf there and restart its nix-daemon`
  );
}

/** What to do about a machine for groups whose sandboxes lack the folder in which members meet. */
export function sandboxAdvice(folder: string): string {
  return (
    `members of groups cannot reach each other there: put the line 'extra-sandbox-paths = ${folder}?' ` +
    'into /etc/nix/nix.conf there and restart its nix-daemon'
  );
}
