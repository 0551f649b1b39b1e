import { DerivationFolder } from '@dispatch/engine/read/derivation-folder';
import { ChangeReasons } from '@dispatch/graph/change-reasons';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { assertSerialVariable, defaultSerialVariable } from '@dispatch/graph/serial-variable';
import type { StorePath } from '@dispatch/nix/store-path';
import type { Command } from 'commander';
import { rewriteFolder } from '../rewrite/rewrite-folder.ts';
import { type Forms, formsOf, hasChanged, rewriteOutput } from '../rewrite/rewrite-output.ts';
import { namedRoots } from '../rewrite/root-arguments.ts';
import { readSerials } from '../rewrite/serials-file.ts';
import { writeDerivationFiles } from '../rewrite/write-files.ts';
import { helpText } from '../show/help-text.ts';
import { writeText } from '../show/standard-output.ts';

interface Options {
  readonly drvs: string;
  readonly serials: string;
  readonly serialVariable: string;
  readonly write?: string;
  readonly roots?: string;
}

/** `dispatch rewrite`: does the rewriting alone, so that others can check it. */
export function define(command: Command): void {
  command
    .description(
      'Put serials into derivations and recompute every path that follows from them, as Nix would. ' +
        'Needs no store and no daemon. Prints one JSON object (proto/rewrite-output.schema.json).',
    )
    .argument('[roots...]', 'roots; by default all derivations that no other in the folder needs')
    .requiredOption('--drvs <dir>', 'folder of .drv files, which lie in it or under its nix/store')
    .requiredOption('--serials <file>', 'JSON object from .drv paths to serials, 1 to 2^31')
    .option('--serial-variable <name>', 'environment variable for serials', defaultSerialVariable)
    .option('--write <dir>', 'write changed .drv files under <dir>/nix/store')
    .option('--roots <file>', 'file with more roots, one a line; - is standard input')
    .option('--json', 'print JSON, which this command always does')
    .addHelpText('after', helpText(examples))
    .action(rewrite);
}

const examples = `
Examples:
  $ echo '{ "/nix/store/…-curl-7.71.0.drv": 1 }' > serials.json
  $ dispatch rewrite --drvs ./drvs --serials serials.json --json
  $ dispatch rewrite --drvs / --serials serials.json --json --write ./out /nix/store/…-hello-2.10.drv
  $ nix-instantiate . | dispatch rewrite --drvs / --serials serials.json --json --roots -`;

async function rewrite(words: readonly string[], options: Options): Promise<void> {
  assertSerialVariable(options.serialVariable);
  const folder = DerivationFolder.open(options.drvs);
  const wanted = readSerials(options.serials);
  const named = namedRoots(folder, words, options.roots);
  const { roots, given, original, serials, rewriting } = rewriteFolder(
    folder,
    named && [...named.values()],
    wanted,
    options.serialVariable,
  );
  const forms = formsOf(given, original, rewriting);
  if (options.write !== undefined) writeDerivationFiles(options.write, rewrittenNodes(forms));
  const reasons = new ChangeReasons(original.graph, serials);
  await writeText(rewriteOutput(forms, named ?? namedByPath(roots), reasons));
}

/** The rewritten derivations that changed, each once, although several forms of one may have been given. */
function rewrittenNodes(forms: ReadonlyMap<StorePath, Forms>): Set<DerivationNode> {
  return new Set([...forms.values()].filter(hasChanged).map(({ rewritten }) => rewritten));
}

function namedByPath(roots: readonly StorePath[]): Map<string, StorePath> {
  return new Map(roots.map((root) => [root, root]));
}
