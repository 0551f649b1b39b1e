/** What a line of a machines file says that its machine builds. */
export interface MachineOffer {
  /** Systems that it builds for, such as `x86_64-linux`. */
  readonly systems: readonly string[];
  /** How fast it is beside the others, above 0. */
  readonly speedFactor: number;
  readonly supportedFeatures: readonly string[];
  /** It is used only for derivations that require all of these. They count as supported too. */
  readonly mandatoryFeatures: readonly string[];
}

/** One builder as a machines file describes it. */
export interface Machine extends MachineOffer {
  /** Store URI: `ssh-ng://…`, `unix://…`, `daemon`, `auto` or `local…`. Also its name in messages. */
  readonly uri: string;
  /** Private key file for SSH; by default `ssh` decides. */
  readonly sshKey: string | undefined;
  /** Builds at one time. A machine with 0 is never used. */
  readonly maxJobs: number;
  /** `ssh-ed25519 AAAA…` in base64: the only host key that is taken from it. */
  readonly publicHostKey: string | undefined;
  /** What further lines say of it: other systems than the first, at another speed or with other features. */
  readonly alsoOffers?: readonly MachineOffer[];
  /**
   * What it has only so many of, such as boards and licences, by the name of the feature that asks for
   * one. No machines file can say it.
   */
  readonly resources?: Readonly<Record<string, number>>;
  /** Words that groups may ask for, such as the lab that it stands in. No machines file can say them. */
  readonly tags?: readonly string[];
}

/** All systems that its lines name. */
export function namedSystems(machine: Machine): string[] {
  return [...new Set(offersOf(machine).flatMap(({ systems }) => systems))];
}

/** What each line says of a machine. */
export function offersOf(machine: Machine): readonly MachineOffer[] {
  return [machine, ...(machine.alsoOffers ?? [])];
}

/** All features that its lines claim, mandatory ones included, and those that it has only so many of. */
export function claimedFeatures(machine: Machine): string[] {
  const all = offersOf(machine).flatMap((offer) => [
    ...offer.supportedFeatures,
    ...offer.mandatoryFeatures,
  ]);
  return [...new Set([...all, ...Object.keys(machine.resources ?? {})])];
}
