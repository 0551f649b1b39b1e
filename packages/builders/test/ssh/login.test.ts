import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../../test/farm/farm.ts';
import { makeKey } from '../../../../test/farm/ssh-server.ts';
import { until } from '../store-content.ts';
import { SshBox } from './ssh-box.ts';

const passphrase = 'correct horse battery staple';

let farm: Farm;
/** Lets in who has the key `locked`, whose file needs a passphrase. */
let box: SshBox;
let locked: string;
let stranger: string;
let agent: Agent;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'box' }] });
  locked = makeKey(join(farm.folder, 'locked'), { passphrase });
  stranger = makeKey(join(farm.folder, 'stranger'));
  box = await SshBox.start(farm, { clientKey: locked });
  agent = await Agent.start(join(farm.folder, 'agent'));
});

afterEach(() => agent.forget());

afterAll(async () => {
  await agent?.stop();
  await box?.[Symbol.asyncDispose]();
  await farm?.[Symbol.asyncDispose]();
});

/** A real ssh-agent. */
class Agent {
  readonly socket: string;
  readonly #child: ReturnType<typeof spawn>;

  private constructor(socket: string) {
    this.socket = socket;
    this.#child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  }

  static async start(socket: string): Promise<Agent> {
    const started = new Agent(socket);
    await until(() => existsSync(socket));
    return started;
  }

  get environment(): NodeJS.ProcessEnv {
    return { SSH_AUTH_SOCK: this.socket };
  }

  /** `ssh-add` as its user: a passphrase is asked for by another program. */
  add(key: string): void {
    const ask = join(farm.folder, 'ask');
    writeFileSync(ask, '#!/bin/sh\necho "$PASS"\n', { mode: 0o755 });
    const asking = { SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force', PASS: passphrase };
    this.#run(['-q', key], asking);
  }

  forget(): void {
    this.#run(['-q', '-D'], {});
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await once(this.#child, 'exit');
  }

  #run(words: string[], environment: NodeJS.ProcessEnv): void {
    const env = { ...process.env, ...this.environment, ...environment };
    execFileSync('ssh-add', words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

describe('logging in', () => {
  it('is done with a key that only the agent can use', async () => {
    agent.add(locked);
    expect(await box.answers({ environment: agent.environment })).toBe(true);
    expect(await box.answers({ environment: agent.environment, key: null })).toBe(true);
  });

  it('is done with the agent after a file that is of no use there', async () => {
    agent.add(locked);
    expect(await box.answers({ environment: agent.environment, key: stranger })).toBe(true);
  });

  it('with IdentitiesOnly takes from the agent what the files name', async () => {
    agent.add(stranger);
    agent.add(locked);
    const environment = agent.environment;
    const options = '-o IdentitiesOnly=yes';
    expect(await box.answers({ environment, options, key: `${locked}.pub` })).toBe(true);
    const message = await box.refusal({ environment, options, key: stranger });
    expect(message).toMatch(/Permission denied\): tried were \S+stranger;/);
  });

  it.each(['rsa', 'ecdsa'] as const)('is done with a key of type %s', async (type) => {
    const clientKey = makeKey(join(farm.folder, type), { type });
    await using other = await SshBox.start(farm, { clientKey });
    expect(await other.answers()).toBe(true);
    agent.add(clientKey);
    expect(await other.answers({ environment: agent.environment, key: null })).toBe(true);
  });

  it('goes on when the agent is another than the environment says, or none', async () => {
    agent.add(locked);
    expect(await box.answers({ options: `-o IdentityAgent=${agent.socket}` })).toBe(true);
    const environment = agent.environment;
    const message = await box.refusal({ environment, options: '-o IdentityAgent=none' });
    expect(message).toContain('there is no key to log in with');
  });
});

describe('logging in is refused', () => {
  it('for want of a passphrase, naming the key and the way out', async () => {
    const message = await box.refusal();
    expect(message).toContain('there is no key to log in with');
    expect(message).toContain(`${locked} needs a passphrase: give it to an agent by 'ssh-add `);
  });

  it('with the names of the keys that were tried', async () => {
    agent.add(stranger);
    const message = await box.refusal({ environment: agent.environment });
    expect(message).toMatch(
      /does not let root in \(Permission denied\): tried were dispatch-farm \(agent\); \S+locked needs/,
    );
    expect(message).not.toContain('stranger');
  });

  it('when others may read the key, as ssh does', async () => {
    const open = join(farm.folder, 'open');
    copyFileSync(stranger, open);
    chmodSync(open, 0o644);
    expect(await box.refusal({ key: open })).toContain(`run 'chmod 600 ${open}'`);
  });

  it('when there is no such key, or it is none, or there is no such agent', async () => {
    const environment = { SSH_AUTH_SOCK: join(farm.folder, 'no-agent') };
    const message = await box.refusal({ key: join(farm.folder, 'sshd_config'), environment });
    expect(message).toContain('no-agent cannot be asked: ');
    const noKey = join(farm.folder, 'ssh_config');
    chmodSync(noKey, 0o600);
    expect(await box.refusal({ key: noKey })).toContain(`${noKey} cannot be used: `);
  });

  it('without a word of what a key holds', async () => {
    const torn = join(farm.folder, 'torn');
    copyFileSync(stranger, torn);
    execFileSync('sed', ['-i', '3d', torn]);
    const message = await box.refusal({ key: torn });
    expect(message).toContain(`${torn} cannot be used: `);
    const secret = execFileSync('sed', ['-n', '2p', torn], { encoding: 'utf8' }).trim();
    expect(message).not.toContain(secret.slice(0, 30));
    rmSync(torn);
  });
});
