/** One builder as a machines file describes it. */
export interface Machine {
  /** Store URI: `ssh-ng://…`, `unix://…`, `daemon`, `auto` or `local…`. Also its name in messages. */
  readonly uri: string;
  /** Systems that it builds for, such as `x86_64-linux`. */
  readonly systems: readonly string[];
  /** Private key file for SSH; by default `ssh` decides. */
  readonly sshKey: string | undefined;
  /** Builds at one time. A machine with 0 is never used. */
  readonly maxJobs: number;
  /** How fast it is beside the others, above 0. */
  readonly speedFactor: number;
  readonly supportedFeatures: readonly string[];
  /** It is used only for derivations that require all of these. They count as supported too. */
  readonly mandatoryFeatures: readonly string[];
  /** `ssh-ed25519 AAAA…` in base64: the only host key that is taken from it. */
  readonly publicHostKey: string | undefined;
}

/** What a derivation asks of the machine that builds it. */
export interface MachineNeeds {
  readonly system: string;
  readonly requiredFeatures: readonly string[];
}

export type MachineFit =
  | { readonly fits: true }
  | { readonly fits: false; readonly reasons: readonly string[] };

/**
 * Whether a machine may build a derivation, by Nix's rule; where not, all the reasons, so that a
 * person sees which line of the machines file to change.
 */
export function machineFits(machine: Machine, needs: MachineNeeds): MachineFit {
  const reasons = [
    ...systemFault(machine, needs.system),
    ...missingFeatureFault(machine, needs.requiredFeatures),
    ...mandatoryFeatureFault(machine, needs.requiredFeatures),
    ...(machine.maxJobs === 0 ? ['its maximum of jobs is 0'] : []),
  ];
  return reasons.length === 0 ? { fits: true } : { fits: false, reasons };
}

function systemFault(machine: Machine, system: string): string[] {
  if (system === 'builtin' || machine.systems.includes(system)) return [];
  return [`it builds for ${machine.systems.join(', ')}, not for ${system}`];
}

function missingFeatureFault(machine: Machine, required: readonly string[]): string[] {
  const offered = new Set([...machine.supportedFeatures, ...machine.mandatoryFeatures]);
  const missing = required.filter((feature) => !offered.has(feature));
  return missing.length === 0 ? [] : [`it does not have the features ${missing.join(', ')}`];
}

function mandatoryFeatureFault(machine: Machine, required: readonly string[]): string[] {
  const unasked = machine.mandatoryFeatures.filter((feature) => !required.includes(feature));
  if (unasked.length === 0) return [];
  return [`it is kept for derivations that require ${unasked.join(', ')}`];
}
