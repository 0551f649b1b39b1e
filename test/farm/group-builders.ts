import type { BuilderOptions } from './builder.ts';

/**
 * A builder for members of groups: it has the feature, lets the folder of the sockets into the sandbox, and lets builds
 * out of it that ask for that; so two builds on two such builders can talk to each other over the network.
 */
export function groupBuilder(name: string, options: Partial<BuilderOptions> = {}): BuilderOptions {
  const { features = [], settings = {} } = options;
  return {
    slots: 2,
    away: true,
    ownRoot: true,
    ...options,
    name,
    features: ['dispatch-group', ...features],
    settings: { sandbox: 'relaxed', 'extra-sandbox-paths': '/run/dispatch?', ...settings },
  };
}
