import type { ParsedKey } from 'ssh2';
import { askAgent } from './ask-agent.ts';
import { expandFileName } from './file-name.ts';
import type { Identities, Identity } from './identity.ts';
import { type KeyFile, readKeyFile } from './key-file.ts';
import type { SshConfiguration } from './ssh-configuration.ts';
import type { Ssh2 } from './ssh2-library.ts';

/**
 * The keys to log in with: first those of the configured files, whether the file or the agent can
 * sign for them, then the agent's other keys unless `IdentitiesOnly` is set.
 */
export async function findIdentities(
  ssh2: Ssh2,
  configuration: SshConfiguration,
  environment: NodeJS.ProcessEnv,
): Promise<Identities> {
  const names = configuration.all('identityfile').filter((name) => name !== 'none');
  const [files, agent] = await Promise.all([
    Promise.all(names.map((name) => readKeyFile(ssh2, expandFileName(name, configuration)))),
    askAgent(ssh2, configuration, environment),
  ]);
  const ofFiles = files.flatMap((file) => identityOf(file, agent.usable));
  const used = new Set(ofFiles.map(({ key }) => publicText(key)));
  const others = agent.usable.filter(({ key }) => !used.has(publicText(key)));
  return {
    usable: configuration.isOn('identitiesonly') ? ofFiles : [...ofFiles, ...others],
    faults: [...unsolved(files, ofFiles), ...agent.faults],
  };
}

function identityOf({ key, name }: KeyFile, held: readonly Identity[]): Identity[] {
  if (key?.isPrivateKey()) return [{ name, key, agent: undefined }];
  return held.filter((one) => key !== undefined && publicText(one.key) === publicText(key));
}

/** The faults of key files, such as a missing passphrase, unless the agent holds the key. */
function unsolved(files: readonly KeyFile[], usable: readonly Identity[]): string[] {
  const solved = new Set(usable.map(({ key }) => publicText(key)));
  return files
    .filter(({ key }) => key === undefined || !solved.has(publicText(key)))
    .flatMap(({ fault }) => fault ?? []);
}

function publicText(key: ParsedKey): string {
  return key.getPublicSSH().toString('base64');
}
