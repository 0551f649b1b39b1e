import { explainSubject } from '@dispatch/engine/explain/explain-subject';
import type { Explanation } from '@dispatch/engine/explain/explanation';
import type { Command } from 'commander';
import { CommandError } from '../errors.ts';
import { explainJson, explainLines } from '../explain/explain-text.ts';
import { helpText } from '../show/help-text.ts';
import { print, printJson } from '../show/standard-output.ts';
import { withSubjects } from '../subjects/find-subjects.ts';
import { defineSubjectFlags, type SubjectFlags, subjectHelp } from '../subjects/subject-flags.ts';
import { withSubjectWorld } from '../subjects/subject-world.ts';

/** `dispatch explain`: why does this path differ from what Nix computed? */
export function define(command: Command): void {
  command
    .description(
      'Explain why a path differs from what Nix computed: which serials changed it, its own or those ' +
        'of what it depends on, who gave them, when and why; and what is built now, if that differs.',
    )
    .argument('[what...]', 'a path, a link, a file in the store, .#attribute');
  defineSubjectFlags(command)
    .option(
      '--why-here <step>',
      'explain instead where a step of a run is or was built, and why there',
    )
    .addHelpText('after', helpText(help))
    .action(explain);
}

interface Flags extends SubjectFlags {
  readonly whyHere?: string;
}

const help = `${subjectHelp}

--why-here asks the coordinator about a step of a run that is under way, or ended not long ago: where it
runs or why it waits, what was expected of the machine that was chosen, and why each of the others was
passed over. STEP is the path of a derivation or of an output, or a name as 'dispatch status' shows it.

Examples:
  $ dispatch explain ./result
  $ dispatch explain --why-here hello-2.10
  $ dispatch explain --json /nix/store/…-hello-2.10 | jq -r '.explanations[].causes[].name'`;

async function explain(words: readonly string[], flags: Flags): Promise<void> {
  if (flags.whyHere !== undefined) return explainStep(flags.whyHere, words, flags);
  await withSubjectWorld(flags, (world) =>
    withSubjects(words, flags, world, async (named) => {
      const explanations: Explanation[] = [];
      for (const { subject } of named) {
        explanations.push(await explainSubject(subject, world.ledger));
      }
      if (flags.json) printJson({ explanations: explanations.map(explainJson) });
      else
        for (const one of explanations)
          for (const line of explainLines(one, Date.now())) print(line);
    }),
  );
}

async function explainStep(step: string, words: readonly string[], flags: Flags): Promise<void> {
  if (words.length > 0) {
    throw new CommandError('bad-argument', '--why-here STEP explains that step and nothing else');
  }
  const { explainPlace } = await import('../explain/why-here.ts');
  await explainPlace(step, flags);
}
