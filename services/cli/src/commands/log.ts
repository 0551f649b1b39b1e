import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { keptLogs } from '../build/log-folders.ts';
import { type FoundLog, findLog, type RunLog } from '../log/find-log.ts';
import { printLog } from '../log/print-log.ts';
import type { UnrecordedLog } from '../log/unrecorded-log.ts';
import { helpText } from '../show/help-text.ts';
import { machineName } from '../show/machine-name.ts';
import { printJson } from '../show/standard-output.ts';
import { defineSubjectFlags, type SubjectFlags, subjectHelp } from '../subjects/subject-flags.ts';
import { withSubjectWorld } from '../subjects/subject-world.ts';

interface Flags extends SubjectFlags {
  readonly run?: string;
}

/** `dispatch log`: what did this print while it was built? */
export function define(command: Command): void {
  command
    .description(
      'Print the whole log of a build: the log of the last run that built it, on whatever machine; else ' +
        'that of a build that is under way, or was stopped; else the one that the local Nix kept.',
    )
    .argument('[what]', 'a path, a link, a file in the store, .#attribute')
    .option('--run <run>', 'print the log of this run, not of the last one');
  defineSubjectFlags(command).addHelpText('after', helpText(help)).action(log);
}

const help = `${subjectHelp}

The logs ${keptLogs} are kept. Into a pipe or a file the log
is written as the build printed it, at a terminal without control characters.

Examples:
  $ dispatch log ./result
  $ dispatch log /nix/store/…-hello-2.10.drv | grep -i warning
  $ dispatch log .#hello --json | jq -r .logFile`;

async function log(word: string | undefined, flags: Flags): Promise<void> {
  await withSubjectWorld(flags, async (world) => {
    const found = await findLog(word, flags, world);
    if (flags.json) printJson(logJson(word, found));
    else if (found.from === 'hub') await printLog(found.text);
    else if (found.from === 'attempt') await printUnrecorded(found);
    else await printRunLog(found);
    if (found.from === 'hub') found.text.destroy();
  });
}

async function printRunLog({ step, file, isExact }: RunLog): Promise<void> {
  if (!isExact) note(`this is the log of ${step.rewritten}, which was built in its place`);
  if (file === undefined) {
    const where = step.builder === undefined ? '' : ` on ${machineName(step.builder)}`;
    const did = step.status === 'failed' ? 'tried' : 'built';
    note(`run ${step.run} ${did} it${where}, and it printed nothing`);
    return;
  }
  await printLog(createReadStream(file));
}

/** The note comes first, since it may be long. */
async function printUnrecorded({ run, file }: UnrecordedLog): Promise<void> {
  note(`run ${run} has not built it to the end, or not yet; what it printed:`);
  await printLog(createReadStream(file));
}

function note(text: string): void {
  process.stderr.write(`dispatch: ${text}\n`);
}

function logJson(word: string | undefined, found: FoundLog): object {
  if (found.from === 'hub') return { given: word, from: 'hub', path: found.path };
  if (found.from === 'attempt') {
    return { given: word, from: 'attempt', run: found.run, logFile: found.file };
  }
  const { step, file: logFile } = found;
  const { run, name, original, rewritten: drvPath, status, builder, durationMs } = step;
  return {
    given: word,
    from: 'run',
    run,
    name,
    original,
    drvPath,
    status,
    builder,
    durationMs,
    logFile,
  };
}
