import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { defaultLimits, type RendezvousLimits } from '../../src/limits.ts';
import type { RendezvousCall, RendezvousMember } from '../../src/options.ts';
import { Rendezvous } from '../../src/rendezvous.ts';

const members: readonly RendezvousMember[] = [
  { name: 'board.1', role: 'board', host: 'lab-a' },
  { name: 'board.2', role: 'board', host: 'lab-b' },
  { name: 'control', role: 'control', host: 'lab-c' },
];

/** What a world's group is. */
export interface Group {
  readonly group: string;
  readonly id: string;
  readonly members: readonly RendezvousMember[];
}

const canBus: Group = { group: 'can-bus', id: 'f00d', members };

export interface Answer {
  /** 0 when there was no answer at all. */
  readonly status: number;
  readonly text: string;
  /** Curl's own exit code. */
  readonly exit: number;
}

/** A rendezvous behind a real Unix socket for each member, and curl to call it. */
export class World {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'rendezvous-'));
  readonly calls: RendezvousCall[] = [];
  readonly failures: string[] = [];
  readonly rendezvous: Rendezvous;
  readonly #servers: Server[] = [];

  readonly #group: Group;

  constructor(limits: Partial<RendezvousLimits>, barrierMs: number, group: Group) {
    this.#group = group;
    this.rendezvous = new Rendezvous(
      {
        ...group,
        attempt: 'first',
        barrierMs,
        now: Date.now,
        randomBytes,
        onCall: (call) => void this.calls.push(call),
        onFail: (member, reason) => void this.failures.push(`${member}: ${reason}`),
      },
      { ...defaultLimits, ...limits },
    );
  }

  socket(member: string): string {
    return join(this.folder, member);
  }

  async listen(): Promise<void> {
    for (const { name } of this.#group.members) {
      const server = createServer((stream) => this.rendezvous.serve(name, stream));
      this.#servers.push(server);
      await new Promise<void>((resolve) => server.listen(this.socket(name), resolve));
    }
  }

  /** What curl is answered, called as whoever holds that token. */
  curl(member: string, token: string, path: string, ...more: string[]): Promise<Answer> {
    const where = ['--unix-socket', this.socket(member), `http://dispatch/${path}`];
    const how = ['-sS', '--max-time', '30', '-w', '%{stderr}%{http_code}'];
    const who = ['-H', `Authorization: Bearer ${token}`];
    return new Promise((resolve) => {
      execFile('curl', [...how, ...who, ...more, ...where], (error, text, status) => {
        const exit = typeof error?.code === 'number' ? error.code : 0;
        resolve({ status: Number(/\d{3}$/.exec(status)?.[0] ?? 0), text, exit });
      });
    });
  }

  /** A token for that member, and the tag that nobody has printed yet. */
  async hello(member: string): Promise<{ token: string; tag: string }> {
    const { text } = await this.curl(member, '', 'hello');
    const [token = '', tag = ''] = text.split('\n');
    return { token, tag };
  }

  /** How that member calls, now that it has proven itself. */
  async join(member: string): Promise<(path: string, ...more: string[]) => Promise<Answer>> {
    const { token, tag } = await this.hello(member);
    this.rendezvous.noteLine(member, tag);
    return (path, ...more) => this.curl(member, token, path, ...more);
  }

  async close(): Promise<void> {
    await this.rendezvous.close();
    await Promise.all(
      this.#servers.map((server) => new Promise((resolve) => server.close(resolve))),
    );
    rmSync(this.folder, { recursive: true });
  }

  /** Connections to all sockets that are still there. */
  async connections(): Promise<number> {
    const counts = this.#servers.map(
      (server) =>
        new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
    );
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }
}

/** Such a world for one test, which ends with it; ending it waits for all of its connections. */
export async function startWorld(
  limits: Partial<RendezvousLimits> = {},
  barrierMs = 20_000,
  group: Group = canBus,
): Promise<World> {
  const world = new World(limits, barrierMs, group);
  onTestFinished(() => world.close());
  await world.listen();
  return world;
}
