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
