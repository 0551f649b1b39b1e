import type { FeaturesMissing } from '@dispatch/engine/events';

/** What to do about features that a machines file claims and the builder's own daemon lacks. */
export function featureAdvice({
  features,
  own,
}: Omit<FeaturesMissing, 'type' | 'builder'>): string {
  const all = [...new Set([...own, ...features])].toSorted();
  return (
    `its own daemon does not have ${features.join(', ')}: put the line 'system-features = ` +
    `${all.join(' ')}' into /etc/nix/nix.conf there and restart its nix-daemon`
  );
}
