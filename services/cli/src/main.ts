import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { commands } from './command-table.ts';
import { errorLine } from './error-line.ts';

async function main(words: readonly string[]): Promise<void> {
  const program = new Command('dispatch')
    .description('Builds with Nix on many machines, and can take back a bad success.')
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${usageLine(text)}\n`) });
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).summary(summary);
    if (words.includes(name)) (await load()).define(command);
  }
  await program.parseAsync(words, { from: 'user' });
}

function version(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return (manifest as { version: string }).version;
}

function usageLine(text: string): string {
  const fault = text.replace(/^error: /, '').trim();
  return `dispatch: ${fault.replaceAll('\n', ' ')}; see dispatch --help`;
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
    return;
  }
  process.exitCode = 1;
  process.stderr.write(`${errorLine(error)}\n`);
}

// Whoever reads our output may stop before its end; that is no fault worth a word.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error);
});
process.stderr.on('error', () => undefined);

await main(process.argv.slice(2)).catch(fail);
