/** What a machine builds according to one line of a machines file. */
export interface MachineOffer {
  /** Systems that it builds for, such as `x86_64-linux`. */
  readonly systems: readonly string[];
  /** Its speed relative to the others, above 0. */
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
  /**
   * The offers of further lines for the same machine: other systems than the first, at another
   * speed or with other features.
   */
  readonly alsoOffers?: readonly MachineOffer[];
  /**
   * The numbers of countable things that it has, such as boards and licences, by the name of the
   * feature that asks for one. They cannot be said in a machines file.
   */
  readonly resources?: Readonly<Record<string, number>>;
  /**
   * Words that the policies of groups may ask for, such as the lab that it stands in. They cannot
   * be said in a machines file.
   */
  readonly tags?: readonly string[];
}

/** All systems that its lines name. */
export function namedSystems(machine: Machine): string[] {
  return [...new Set(offersOf(machine).flatMap(({ systems }) => systems))];
}

/** All offers of a machine, one for each of its lines. */
export function offersOf(machine: Machine): readonly MachineOffer[] {
  return [machine, ...(machine.alsoOffers ?? [])];
}

/** All features that its lines claim, mandatory ones and the names of its resources included. */
export function claimedFeatures(machine: Machine): string[] {
  const all = offersOf(machine).flatMap((offer) => [
    ...offer.supportedFeatures,
    ...offer.mandatoryFeatures,
  ]);
  return [...new Set([...all, ...Object.keys(machine.resources ?? {})])];
}
