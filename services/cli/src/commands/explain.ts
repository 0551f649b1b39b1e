import { explainSubject } from '@dispatch/engine/explain/explain-subject';
import type { Explanation } from '@dispatch/engine/explain/explanation';
import type { Command } from 'commander';
import { explainJson, explainLines } from '../explain/explain-text.ts';
import { helpText } from '../show/help-text.ts';
import { print, printJson } from '../show/standard-output.ts';
import { withSubjects } from '../subjects/find-subjects.ts';
import { defineSubjectFlags, type SubjectFlags, subjectHelp } from '../subjects/subject-flags.ts';
import { withSubjectWorld } from '../subjects/subject-world.ts';

/** `dispatch explain`: why is this path another than Nix computed? */
export function define(command: Command): void {
  command
    .description(
      'Says why a path differs from what Nix computed: which serials are in it, its own or from ' +
        'below, who gave them, when and why; and what is built now, where that is another.',
    )
    .argument('[what...]', 'a path, a link, a file in the store, .#attribute');
  defineSubjectFlags(command).addHelpText('after', helpText(help)).action(explain);
}

const help = `${subjectHelp}

Examples:
  $ dispatch explain ./result
  $ dispatch explain --json /nix/store/…-hello-2.10 | jq -r '.explanations[].causes[].name'`;

async function explain(words: readonly string[], flags: SubjectFlags): Promise<void> {
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
