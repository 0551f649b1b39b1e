import type { Command } from 'commander';

/** One command: its line in the overview, and its file, which is loaded only when the command is named. */
interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly define: (command: Command) => void }>;
}

/** All commands, in the order of the overview. */
export const commands: Readonly<Record<string, Entry>> = {
  build: {
    summary: 'build derivations on the local daemon and on any number of builders',
    load: () => import('./commands/build.ts'),
  },
  plan: {
    summary: 'show what a build would do, and build nothing',
    load: () => import('./commands/plan.ts'),
  },
  builders: {
    summary: 'check which machines can be used; take one out of use, or back',
    load: () => import('./commands/builders.ts'),
  },
  status: {
    summary: 'list the runs that are under way, and recent ones',
    load: () => import('./commands/status.ts'),
  },
  watch: {
    summary: 'follow a run from its beginning to its end',
    load: () => import('./commands/watch.ts'),
  },
  cancel: {
    summary: 'stop a run',
    load: () => import('./commands/cancel.ts'),
  },
  poison: {
    summary: 'reject a result, and everything that was built from it',
    load: () => import('./commands/poison.ts'),
  },
  clear: {
    summary: 'take poison back: what Nix computed is used again',
    load: () => import('./commands/clear.ts'),
  },
  check: {
    summary: 'check whether something that was built is still good',
    load: () => import('./commands/check.ts'),
  },
  explain: {
    summary: 'explain why a path differs from what Nix computed',
    load: () => import('./commands/explain.ts'),
  },
  log: {
    summary: 'print the log of a build',
    load: () => import('./commands/log.ts'),
  },
  group: {
    summary: 'inspect and try groups: tests on several machines that succeed or fail as one',
    load: () => import('./commands/group.ts'),
  },
  ledger: {
    summary: 'show what is poisoned, and share it with others',
    load: () => import('./commands/ledger.ts'),
  },
  rewrite: {
    summary: 'put serials into a folder of derivations, without a store or daemon',
    load: () => import('./commands/rewrite.ts'),
  },
  serve: {
    summary: 'run the coordinator of a ledger in the foreground',
    load: () => import('./commands/serve.ts'),
  },
  completion: {
    summary: 'print the script by which a shell completes dispatch commands',
    load: () => import('./commands/completion.ts'),
  },
};
