// The library ships no types, and whoever compiles this file needs ours.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./ssh2.d.ts" />
import type * as library from 'ssh2';

/** The `ssh2` library, loaded only where a machine is reached by it. */
export type Ssh2 = typeof library;

/** Loads the library; it is a CommonJS module, whose exports are all in `default`. */
export async function loadSsh2(): Promise<Ssh2> {
  const module: unknown = await import('ssh2');
  return (module as { readonly default: Ssh2 }).default;
}
