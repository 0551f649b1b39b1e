import type { BuilderOptions } from './builder.ts';

/** A builder that takes members of groups: it has the feature, and lets the folder of the sockets into the sandbox. */
export function memberBuilder(options: BuilderOptions): BuilderOptions {
  const { features = [], settings = {} } = options;
  return {
    ...options,
    features: ['dispatch-group', ...features],
    settings: { 'extra-sandbox-paths': '/run/dispatch?', ...settings },
  };
}

/**
 * A builder for members that talk to each other: it has an address of its own, and lets builds out of the sandbox that
 * ask for that.
 */
export function groupBuilder(name: string, options: Partial<BuilderOptions> = {}): BuilderOptions {
  const settings = { sandbox: 'relaxed', ...options.settings };
  return memberBuilder({ slots: 2, away: true, ownRoot: true, ...options, name, settings });
}
