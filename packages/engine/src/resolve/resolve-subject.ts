import type { StepIdentity } from '@dispatch/ledger/run-record';
import { isDerivationPath, type StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import { identityOf } from '../look-up/look-up-serials.ts';
import { readGraph } from '../read/read-graph.ts';
import {
  type FoundDerivation,
  findDerivation,
  isOriginalPath,
  type ResolveWorld,
} from './find-derivation.ts';
import type { ReadSubject, RecordedSubject, Subject } from './subject.ts';

/**
 * Finds the derivation that a path in the store is, or is an output of, as Nix evaluated it: what
 * dispatch put into it is taken out again. `word` is what the person wrote. Throws
 * `unknown-derivation`.
 */
export async function resolveSubject(
  word: string,
  path: StorePath,
  world: ResolveWorld,
): Promise<Subject> {
  const found = await findDerivation(path, world);
  if (found.drvPath !== undefined) return readSubject(word, path, found.drvPath, world);
  const [step] = found.steps;
  if (step !== undefined) return recordedSubject(word, path, step);
  throw unknownDerivation(path, found);
}

/** The same where the derivation's `.drv` file is known to be there. */
export async function readSubject(
  word: string,
  path: StorePath,
  drvPath: StorePath,
  { source, ledger }: Pick<ResolveWorld, 'source' | 'ledger'>,
): Promise<ReadSubject> {
  const graph = await readGraph([drvPath], source, ledger.variable);
  const originalPath = graph.original.originals.get(drvPath) ?? drvPath;
  const original = graph.original.graph.get(originalPath);
  if (original === undefined) throw new TypeError(`${originalPath} is not in its own graph`);
  return {
    from: 'derivation',
    word,
    path,
    name: original.name,
    identity: identityOf(original),
    drvPath,
    graph,
    original,
    carried: graph.original.carried.get(originalPath) ?? 0,
  };
}

function recordedSubject(word: string, path: StorePath, step: StepIdentity): RecordedSubject {
  const outputs = step.outputs.map(({ original }) => original);
  const outputPaths = outputs.filter((output) => output !== undefined);
  const identity = { drvPath: step.original, outputPaths };
  const carried = isOriginalPath(step, path) ? 0 : undefined;
  return { from: 'run', word, path, name: step.name, identity, step, carried };
}

function unknownDerivation(path: StorePath, found: FoundDerivation): EngineError {
  return new EngineError('unknown-derivation', `${path}: ${whyUnknown(path, found)}`);
}

function whyUnknown(path: StorePath, { valid, deriver }: FoundDerivation): string {
  const remedy =
    'Instantiate its expression again and name the .drv file, or name it as .#attribute or with -f ' +
    'FILE -A ATTRIBUTE';
  const isDerivation = isDerivationPath(path);
  if (!valid) {
    const what = isDerivation ? 'this derivation' : 'this path';
    return `the store has no longer, or never had, ${what}, and no run recorded it. ${remedy}`;
  }
  if (deriver !== undefined) {
    return `it was made by ${deriver}, whose file is gone, and no run recorded it. ${remedy}`;
  }
  return `the store does not know what made it: it is a source, or came without its derivation. ${remedy}`;
}
