import { poisonedInputs } from '@dispatch/engine/check/poisoned-inputs';
import { lookUpSerials } from '@dispatch/engine/look-up/look-up-serials';
import type { Subject } from '@dispatch/engine/resolve/subject';
import type { Ledger } from '@dispatch/ledger/ledger';
import { isDerivationPath } from '@dispatch/nix/store-path';
import { chainText, serialText } from '../check/check-text.ts';
import { harmless } from '../show/terminal.ts';

/**
 * Notes on results that are built again anyhow, since something in them was poisoned after they were
 * built: that may be all that is bad in them.
 */
export async function doubtLines(
  subjects: readonly Subject[],
  { poison, variable }: Pick<Ledger, 'poison' | 'variable'>,
): Promise<string[]> {
  const lines: string[] = [];
  for (const subject of subjects) {
    if (subject.from === 'run' || isDerivationPath(subject.path)) continue;
    const lookUp = await lookUpSerials(subject.graph.original, poison);
    const inputs = poisonedInputs(subject.graph, [subject.drvPath], lookUp, variable);
    const below = inputs.find(({ chain }) => chain.length > 1);
    if (below === undefined) continue;
    const names = below.chain.map(({ name }) => name);
    lines.push(
      `note: '${harmless(subject.word)}' is built again anyhow: ${below.name} ${serialText(below)} ` +
        `(${chainText(names)})`,
    );
  }
  return lines;
}
