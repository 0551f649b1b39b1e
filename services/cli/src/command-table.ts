import type { Command } from 'commander';

/** One command: its line in the overview, and its file, which is loaded only when it is asked for. */
interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly define: (command: Command) => void }>;
}

/** All commands, in the order of the overview. */
export const commands: Readonly<Record<string, Entry>> = {
  build: {
    summary: 'build on the local daemon and on any number of builders',
    load: () => import('./commands/build.ts'),
  },
  plan: {
    summary: 'say what a build would do, and build nothing',
    load: () => import('./commands/plan.ts'),
  },
  builders: {
    summary: 'say which machines can be reached, and what they can do',
    load: () => import('./commands/builders.ts'),
  },
  status: {
    summary: 'list the runs that are under way, and the last ones',
    load: () => import('./commands/status.ts'),
  },
  watch: {
    summary: 'show how a run goes, from its beginning to its end',
    load: () => import('./commands/watch.ts'),
  },
  cancel: {
    summary: 'stop a run',
    load: () => import('./commands/cancel.ts'),
  },
  poison: {
    summary: 'never use a result again, nor what was built from it',
    load: () => import('./commands/poison.ts'),
  },
  clear: {
    summary: 'take poison back: what Nix computed is good again',
    load: () => import('./commands/clear.ts'),
  },
  check: {
    summary: 'say whether something that was built is still good',
    load: () => import('./commands/check.ts'),
  },
  explain: {
    summary: 'say why a path differs from what Nix computed',
    load: () => import('./commands/explain.ts'),
  },
  log: {
    summary: 'print what a build printed',
    load: () => import('./commands/log.ts'),
  },
  group: {
    summary: 'tell of tests on several machines that count together',
    load: () => import('./commands/group.ts'),
  },
  ledger: {
    summary: 'show what is poisoned, and share it with others',
    load: () => import('./commands/ledger.ts'),
  },
  rewrite: {
    summary: 'put serials into a folder of derivations, without any store or daemon',
    load: () => import('./commands/rewrite.ts'),
  },
  serve: {
    summary: 'run the coordinator of a ledger in the foreground',
    load: () => import('./commands/serve.ts'),
  },
  completion: {
    summary: 'print a script by which a shell completes dispatch commands',
    load: () => import('./commands/completion.ts'),
  },
};
