import type { Machine } from '@dispatch/builders/machine';
import type { Survey } from '@dispatch/builders/survey';
import { expect, test } from 'vitest';
import { groupAdvice } from '../src/builders/group-advice.ts';

const machine: Machine = {
  uri: 'ssh-ng://me@lab1',
  sshKey: undefined,
  publicHostKey: undefined,
  systems: ['x86_64-linux'],
  maxJobs: 1,
  speedFactor: 1,
  supportedFeatures: ['dispatch-group'],
  mandatoryFeatures: [],
};

const settings = {
  sandbox: 'true',
  sandboxPaths: ['/run/dispatch'],
  postBuildHook: undefined,
} as const;

function surveyed(own: Partial<Survey>): Survey {
  const known = {
    nixVersion: '2.26',
    protocolVersion: '1.38',
    trust: 'trusted',
    trustFrom: 'told',
  };
  const rest = { connectMs: 1, latencyMs: 1, freeBytes: undefined };
  return { ...known, ...rest, offer: undefined, settings, ...own } as Survey;
}

test('a machine that is fit for groups, and one whose settings nobody knows, have nothing to answer for', () => {
  expect(groupAdvice(machine, surveyed({}))).toEqual([]);
  expect(groupAdvice(machine, surveyed({ settings: undefined }))).toEqual([]);
  const open = { ...settings, sandbox: 'false', sandboxPaths: [] } as const;
  expect(groupAdvice(machine, surveyed({ settings: open }))).toEqual([]);
});

test('without the path in its sandbox members cannot meet there: the line to add', () => {
  const bare = { ...settings, sandboxPaths: ['/bin/sh', '/run/dispatcher'] };
  expect(groupAdvice(machine, surveyed({ settings: bare }))).toEqual([
    expect.stringContaining("put the line 'extra-sandbox-paths = /run/dispatch?' into"),
  ]);
});

test('a post-build-hook would publish members of a group that fails', () => {
  const hooked = { ...settings, postBuildHook: '/etc/nix/upload.sh' };
  expect(groupAdvice(machine, surveyed({ settings: hooked }))).toEqual([
    expect.stringMatching(/post-build-hook \/etc\/nix\/upload.sh .*publishes stays published/),
  ]);
});

test('a machine that takes no groups may have any hook, whatever its line claims', () => {
  const hooked = { ...settings, sandboxPaths: [], postBuildHook: '/etc/nix/upload.sh' };
  const offer = { system: 'x86_64-linux', features: ['big'] };
  expect(groupAdvice(machine, surveyed({ settings: hooked, offer }))).toEqual([]);
});
