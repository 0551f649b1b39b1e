import type { Machine, MachineOffer } from '@dispatch/builders/machine';

/** A machine without some of the features that its line claims. */
export function lacking(machine: Machine, features: ReadonlySet<string>): Machine {
  const alsoOffers = machine.alsoOffers?.map((offer) => offerWithout(offer, features));
  const rest = alsoOffers === undefined ? {} : { alsoOffers };
  const counted = Object.entries(machine.resources ?? {}).filter(([name]) => !features.has(name));
  const resources = Object.fromEntries(counted);
  return { ...machine, ...offerWithout(machine, features), ...rest, resources };
}

function offerWithout(
  { systems, speedFactor, supportedFeatures, mandatoryFeatures }: MachineOffer,
  features: ReadonlySet<string>,
): MachineOffer {
  return {
    systems,
    speedFactor,
    supportedFeatures: supportedFeatures.filter((feature) => !features.has(feature)),
    // Still mandatory, so that the machine does nothing else; no derivation can require such a
    // name.
    mandatoryFeatures: mandatoryFeatures.map((feature) =>
      features.has(feature) ? `${feature} (missing there)` : feature,
    ),
  };
}
