import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../../test/farm/farm.ts';
import { makeKey } from '../../../../test/farm/ssh-server.ts';
import { impostor } from './impostor.ts';
import { SshBox } from './ssh-box.ts';

let farm: Farm;
/** It has three keys, and is known by the last. */
let box: SshBox;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'box' }] });
  box = await SshBox.start(farm, { hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] });
});

beforeEach(() => box.know(...box.server.knownHostsLines));

afterAll(async () => {
  await box?.[Symbol.asyncDispose]();
  await farm?.[Symbol.asyncDispose]();
});

function line(type: string): string {
  return box.server.knownHostsLines.find((one) => one.includes(type))!;
}

/** The same key under another name of the host. */
function under(name: string, type: string): string {
  return line(type).replace(/^\S+/, name);
}

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

describe('a machine is reached', () => {
  it.each(['ed25519', 'ecdsa', 'rsa'])('when it is known by its %s key only', async (type) => {
    box.know(line(type));
    expect(await box.answers()).toBe(true);
  });

  it.each([
    ['by its name alone', '127.0.0.1'],
    ['by a pattern', '[127.0.0.?]:*'],
    ['among other names', `example.org,[127.0.0.1]:*`],
  ])('when it is known %s', async (_, name) => {
    box.know(under(name, 'ed25519'));
    expect(await box.answers()).toBe(true);
  });

  it('when its name is hashed', async () => {
    execFileSync('ssh-keygen', ['-H', '-f', box.knownHosts], { stdio: 'ignore' });
    expect(readFileSync(box.knownHosts, 'utf8')).not.toContain('127.0.0.1');
    expect(await box.answers()).toBe(true);
  });

  it.skipIf(!hasIpv6)('by its address of IPv6', async () => {
    await using six = await SshBox.start(farm, { settings: { ListenAddress: '::1' } });
    const [known = ''] = six.server.knownHostsLines;
    expect(await six.refusal({ host: '[::1]' })).toContain(`[::1]:${six.server.port} ssh-ed25519`);
    six.know(known.replace('127.0.0.1', '::1'));
    expect(await six.answers({ host: '[::1]' })).toBe(true);
  });

  it('by an alias of its own', async () => {
    box.know(under('the-box', 'rsa'));
    expect(await box.answers({ options: '-o HostKeyAlias=the-box' })).toBe(true);
  });

  it("when the machine's line says its key, whatever the files say", async () => {
    box.know();
    expect(await box.answers({ publicHostKey: box.server.publicHostKey })).toBe(true);
  });

  it('when new keys are to be taken, and then it is known', async () => {
    box.know();
    expect(
      await box.answers({ options: '-o StrictHostKeyChecking=accept-new -o HashKnownHosts=no' }),
    ).toBe(true);
    expect(readFileSync(box.knownHosts, 'utf8')).toBe(
      line('ed25519').replace(/ dispatch-farm/, ''),
    );
    box.know();
    expect(
      await box.answers({ options: '-o StrictHostKeyChecking=no -o HashKnownHosts=yes' }),
    ).toBe(true);
    expect(readFileSync(box.knownHosts, 'utf8')).toMatch(/^\|1\|\S+ ssh-ed25519 /);
    expect(await box.answers()).toBe(true);
  });
});

describe('a machine is refused', () => {
  it('when it is not known, with the very line to add and where', async () => {
    box.know();
    const message = await box.refusal();
    expect(message).toMatch(/its host key is not known: .* offers ssh-ed25519 SHA256:/);
    const [, file, added] = /add this line to (\S+): (.*)$/.exec(message)!;
    expect(file).toBe(box.knownHosts);
    box.know(`${added}\n`);
    expect(await box.answers()).toBe(true);
  });

  it.each([
    ['hosts of another port', () => under('[127.0.0.1]:1', 'ed25519')],
    ['hosts except this one', () => under('!127.0.0.1,![127.0.0.1]:*,*', 'ed25519')],
    ['nothing that can be read', () => line('ed25519').replace(/ AAAA.*/, '')],
    ['another marker', () => `@else ${line('ed25519')}`],
  ])('when what is known is of %s', async (_, known) => {
    box.know(known());
    expect(await box.refusal()).toContain('its host key is not known');
  });

  it('when its key has changed, loudly, and with the way out', async () => {
    const other = readFileSync(`${makeKey(`${box.folder}/other`)}.pub`, 'utf8');
    box.know('# a comment\n', `[127.0.0.1]:${box.server.port} ${other}`);
    const message = await box.refusal({ options: '-o StrictHostKeyChecking=accept-new' });
    expect(message).toMatch(/HOST KEY VERIFICATION FAILED: the key of \S+ has changed/);
    expect(message).toContain(`${box.knownHosts}, line 2 has ssh-ed25519 SHA256:`);
    const [, host, file] = /'ssh-keygen -R (\S+) -f (\S+)'/.exec(message)!;
    execFileSync('ssh-keygen', ['-R', host!, '-f', file!], { stdio: 'ignore' });
    expect(await box.refusal()).toContain('its host key is not known');
  });

  it.each([0, 200_000])(
    'when it shows another key than it has, whatever memory it leads us to: %i bytes before its name',
    async (greetingBytes) => {
      const ownKey = makeKey(`${box.folder}/impostor-${greetingBytes}`);
      const { publicHostKey } = box.server;
      const [, shownKey = ''] = Buffer.from(publicHostKey, 'base64').toString().split(' ');
      await using other = await impostor(
        readFileSync(ownKey, 'utf8'),
        Buffer.from(shownKey, 'base64'),
        greetingBytes,
      );
      const message = await box.refusal({ port: other.port, publicHostKey });
      expect(message).toContain('signature verification failed');
      expect(other.believers).toBe(0);
    },
  );

  it("when another key stands in the machine's line", async () => {
    const other = readFileSync(`${makeKey(`${box.folder}/pinned`)}.pub`).toString('base64');
    const options = '-o StrictHostKeyChecking=no';
    const message = await box.refusal({ publicHostKey: other, options });
    expect(message).toMatch(/HOST KEY VERIFICATION FAILED.*the machine's line/);
  });

  it('when its key is revoked, even if it is known too', async () => {
    box.know(...box.server.knownHostsLines, `@revoked ${line('ed25519').replace(/^\S+/, '*')}`);
    expect(await box.refusal({ options: '-o StrictHostKeyChecking=no' })).toMatch(
      /its host key is revoked: .*, line 4 says never to take it/,
    );
  });
});
