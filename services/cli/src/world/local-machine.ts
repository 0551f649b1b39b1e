import { accessSync, constants } from 'node:fs';
import type { Machine } from '@dispatch/builders/machine';
import type { NixSettings } from './nix-conf.ts';

/** The system that Nix builds for here, such as `x86_64-linux`. */
export function localSystem(): string {
  const cpus: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', ia32: 'i686' };
  return `${cpus[process.arch] ?? process.arch}-${process.platform}`;
}

/**
 * The local daemon as a machine among the others. A daemon cannot be asked what it builds; so this
 * is what its nix.conf says, with Nix's own defaults.
 */
export function localMachine(uri: string, jobs: number, settings: NixSettings): Machine {
  return {
    uri,
    systems: [localSystem(), ...settings.words('extra-platforms', usualPlatforms())],
    sshKey: undefined,
    maxJobs: jobs,
    speedFactor: 1,
    supportedFeatures: settings.words('system-features', usualFeatures()),
    mandatoryFeatures: [],
    publicHostKey: undefined,
  };
}

function usualPlatforms(): string[] {
  return localSystem() === 'x86_64-linux' ? ['i686-linux'] : [];
}

function usualFeatures(): string[] {
  return ['nixos-test', 'benchmark', 'big-parallel', ...(hasKvm() ? ['kvm'] : [])];
}

function hasKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
