import { existsSync } from 'node:fs';
import type { Machine } from '@dispatch/builders/machine';
import type { NixSettings } from './nix-conf.ts';

/** The system that Nix builds for here, such as `x86_64-linux`. */
export function localSystem(settings: NixSettings): string {
  return settings.text('system') ?? systemOfMachine();
}

function systemOfMachine(): string {
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
    systems: [localSystem(settings), ...settings.words('extra-platforms', usualPlatforms())],
    sshKey: undefined,
    maxJobs: jobs,
    speedFactor: 1,
    supportedFeatures: settings.words('system-features', usualFeatures()),
    mandatoryFeatures: [],
    publicHostKey: undefined,
  };
}

function usualPlatforms(): string[] {
  return systemOfMachine() === 'x86_64-linux' ? ['i686-linux'] : [];
}

function usualFeatures(): string[] {
  // That the device exists is enough: the daemon, as root, may use it even if we may not.
  const kvm = existsSync('/dev/kvm') ? ['kvm'] : [];
  return ['nixos-test', 'benchmark', 'big-parallel', 'uid-range', ...kvm];
}
