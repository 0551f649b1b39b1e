import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../../test/farm/farm.ts';
import { addText } from '../store-content.ts';
import { SshBox } from './ssh-box.ts';

let farm: Farm;
/** Tells in its log what is agreed upon with whom. */
let box: SshBox;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'box' }, { name: 'other' }] });
  box = await SshBox.start(farm, { settings: { LogLevel: 'DEBUG1' } });
});

beforeEach(() => {
  box.know(...box.server.knownHostsLines);
  writeFileSync(box.server.logFile, '');
});

afterAll(async () => {
  await box?.[Symbol.asyncDispose]();
  await farm?.[Symbol.asyncDispose]();
});

function log(): string {
  return readFileSync(box.server.logFile, 'utf8');
}

describe('a store URI says', () => {
  it('by which key to log in', async () => {
    const key = join(farm.folder, 'client-key');
    expect(await box.refusal({ key: null })).toContain('there is no key to log in with');
    expect(await box.answers({ key: null, parameters: `?ssh-key=${key}` })).toBe(true);
  });

  it('what the host key is, whatever the files say', async () => {
    box.know();
    const key = encodeURIComponent(box.server.publicHostKey);
    const parameters = `?base64-ssh-public-host-key=${key}`;
    expect(await box.answers({ parameters })).toBe(true);
  });

  it('whether to compress', async () => {
    expect(await box.answers()).toBe(true);
    expect(log()).toContain('compression: none');
    expect(log()).not.toContain('compression: zlib');
    expect(await box.answers({ parameters: '?compress=true' })).toBe(true);
    expect(log()).toContain('compression: zlib@openssh.com');
  });

  it('which program to run there, with its words', async () => {
    const mark = join(box.folder, 'was-run');
    const program = join(box.folder, 'wrapper');
    writeFileSync(program, `#!/bin/sh\ntouch "$MARK"\nexec nix-daemon "$@"\n`, { mode: 0o755 });
    const words = encodeURIComponent(`env MARK=${mark} ${program}`);
    expect(await box.answers({ parameters: `?remote-program=${words}` })).toBe(true);
    expect(existsSync(mark)).toBe(true);
  });

  it('which store to open there', async () => {
    const { localUri } = farm.builder('other').daemon;
    const parameters = `?remote-store=${encodeURIComponent(localUri)}`;
    const path = await addText(box.open({ parameters }), 'elsewhere');
    expect(await box.open().validPaths([path])).toEqual(new Set());
    expect(await box.open({ parameters }).validPaths([path])).toEqual(new Set([path]));
  });
});

describe('a login', () => {
  it('has a fast cipher', async () => {
    expect(await box.answers()).toBe(true);
    expect(log()).toContain('kex: algorithm: curve25519-sha256');
    expect(log()).toContain('cipher: aes128-gcm@openssh.com');
  });

  it.each([
    ['-c aes256-gcm@openssh.com', 'cipher: aes256-gcm@openssh.com'],
    ['-c chacha20-poly1305@openssh.com', 'cipher: chacha20-poly1305@openssh.com'],
    ['-c aes256-ctr -m hmac-sha2-512', 'cipher: aes256-ctr MAC: hmac-sha2-512'],
    ['-o KexAlgorithms=ecdh-sha2-nistp384', 'algorithm: ecdh-sha2-nistp384'],
    ['-o KexAlgorithms=diffie-hellman-group14-sha256', 'algorithm: diffie-hellman-group14-sha256'],
    ['-C', 'compression: zlib@openssh.com'],
  ])('keeps to what is allowed: %s', async (options, agreed) => {
    expect(await box.answers({ options })).toBe(true);
    expect(log()).toContain(agreed);
  });

  it('names the way out where the server has nothing in common with us', async () => {
    const settings = { KexAlgorithms: 'diffie-hellman-group-exchange-sha256' };
    await using odd = await SshBox.start(farm, { settings });
    expect(await odd.refusal()).toMatch(/no matching key exchange algorithm.*DISPATCH_SSH=system/);
    expect(await odd.answers({ environment: { DISPATCH_SSH: 'system' } })).toBe(true);
  });
});
