import type { BuilderOptions } from './builder.ts';

/**
 * The options of a builder that takes members of groups: it has the feature, and the folder of the sockets in its
 * sandbox.
 */
export function memberBuilder(options: BuilderOptions): BuilderOptions {
  const { features = [], settings = {} } = options;
  return {
    ...options,
    features: ['dispatch-group', ...features],
    settings: { 'extra-sandbox-paths': '/run/dispatch?', ...settings },
  };
}

/**
 * The options of a builder for members that talk to each other: it has an address of its own, and lets builds
 * that ask for it out of the sandbox.
 */
export function groupBuilder(name: string, options: Partial<BuilderOptions> = {}): BuilderOptions {
  const settings = { sandbox: 'relaxed', ...options.settings };
  return memberBuilder({ slots: 2, away: true, ownRoot: true, ...options, name, settings });
}
