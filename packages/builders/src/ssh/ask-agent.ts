import { messageOf } from '@dispatch/nix/message-of';
import type { BaseAgent, ParsedKey } from 'ssh2';
import { expandFileName } from './file-name.ts';
import type { Identities } from './identity.ts';
import type { SshConfiguration } from './ssh-configuration.ts';
import type { Ssh2 } from './ssh2-library.ts';

/**
 * The keys that the user's agent holds. An agent that cannot be asked gives no keys, but a fault.
 */
export async function askAgent(
  ssh2: Ssh2,
  configuration: SshConfiguration,
  environment: NodeJS.ProcessEnv,
): Promise<Identities> {
  const socket = agentSocket(configuration, environment);
  if (socket === undefined) return { usable: [], faults: [] };
  try {
    const keys = await keysOf(new ssh2.OpenSSHAgent(socket));
    const usable = keys.map((key) => ({
      name: `${key.comment || key.type} (agent)`,
      key,
      agent: signerFor(ssh2, socket, key),
    }));
    return { usable, faults: [] };
  } catch (error) {
    return { usable: [], faults: [`the agent ${socket} cannot be asked: ${messageOf(error)}`] };
  }
}

function agentSocket(
  configuration: SshConfiguration,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  const [named] = configuration.all('identityagent');
  if (named === 'none') return undefined;
  if (named === undefined || named === 'SSH_AUTH_SOCK') return environment['SSH_AUTH_SOCK'];
  if (named.startsWith('$')) return environment[named.slice(1).replace(/^\{(.*)\}$/, '$1')];
  return expandFileName(named, configuration);
}

function keysOf(agent: BaseAgent): Promise<readonly ParsedKey[]> {
  return new Promise((resolve, reject) => {
    agent.getIdentities((error, keys) => {
      if (error) reject(error);
      else resolve(keys ?? []);
    });
  });
}

/** The same agent, but offering only one key, so that keys can be tried one by one. */
function signerFor(ssh2: Ssh2, socket: string, key: ParsedKey): BaseAgent {
  const agent = new ssh2.OpenSSHAgent(socket);
  agent.getIdentities = (callback) => callback(undefined, [key]);
  return agent;
}
