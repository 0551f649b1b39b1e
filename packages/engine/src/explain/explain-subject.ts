import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { carriedSerial } from '@dispatch/graph/serial-variable';
import { type Identity, identityPaths } from '@dispatch/ledger/identity';
import type { Ledger } from '@dispatch/ledger/ledger';
import type { PoisonLedger } from '@dispatch/ledger/poison-ledger';
import type { PoisonRecord } from '@dispatch/ledger/poison-record';
import { unrecorded } from '@dispatch/ledger/standing';
import type { StorePath } from '@dispatch/nix/store-path';
import { identityOf, type LookUp, lookUpSerials } from '../look-up/look-up-serials.ts';
import { formInHand } from '../poison/form-in-hand.ts';
import type { ReadSubject, RecordedSubject, Subject } from '../resolve/subject.ts';
import { rewriteRoots } from '../rewrite/rewrite-roots.ts';
import type { Cause, DerivationForm, Explanation } from './explanation.ts';
import { type Chain, shortestChains } from './shortest-chains.ts';

/** Explains the form in somebody's hand, and what the ledger would have built now. */
export async function explainSubject(
  subject: Subject,
  ledger: Pick<Ledger, 'poison' | 'variable'>,
): Promise<Explanation> {
  if (subject.from === 'run') return explainRecorded(subject, ledger.poison);
  const { graph, original, drvPath } = subject;
  const lookUp = await lookUpSerials(graph.original, ledger.poison);
  const rewritten = rewriteRoots(graph, lookUp, ledger.variable);
  const nodeNow = rewritten.rewritten.get(rewritten.rewrittenOf(original.path)) ?? original;
  return {
    subject,
    form: formInHand(subject, lookUp.standings.get(original.path) ?? unrecorded),
    original: formOf(original),
    inHand: formOf(graph.given.get(drvPath) ?? original),
    now: formOf(nodeNow),
    causes: await carriedCauses(subject, ledger),
    causesNow: causesNow(subject, lookUp),
  };
}

async function explainRecorded(
  subject: RecordedSubject,
  ledger: PoisonLedger,
): Promise<Explanation> {
  const { step, carried } = subject;
  const [standing = unrecorded] = await ledger.lookup([subject.identity]);
  const outputs = (form: 'original' | 'rewritten'): DerivationForm['outputs'] =>
    step.outputs.map((output) => ({ name: output.name, path: output[form] }));
  const original = { drvPath: step.original, outputs: outputs('original') };
  const rewritten = { drvPath: step.rewritten, outputs: outputs('rewritten') };
  const inHand = carried === 0 ? original : rewritten;
  const form = formInHand(subject, standing);
  return { subject, form, original, inHand, now: undefined, causes: [], causesNow: [] };
}

/** The serials in the form in hand. */
async function carriedCauses(
  { graph, drvPath }: ReadSubject,
  { poison, variable }: Pick<Ledger, 'poison' | 'variable'>,
): Promise<Cause[]> {
  const { given, original } = graph;
  const chains = shortestChains(
    given,
    [drvPath],
    (node) => carriedSerial(node, variable) !== undefined,
    () => true,
  );
  return Promise.all(
    chains.map(async (chain) => {
      const node = lastOf(chain);
      const serial = carriedSerial(node, variable) ?? 0;
      const originalPath = original.originals.get(node.path) ?? node.path;
      const originalNode = original.graph.get(originalPath) ?? node;
      const record = await recordOfSerial(identityOf(originalNode), serial, poison);
      return cause(chain, originalPath, serial, record);
    }),
  );
}

/** The serials that count now, those that came with the derivations and are unproven included. */
function causesNow({ graph, original }: ReadSubject, lookUp: LookUp): Cause[] {
  const { serials, standings, unproven } = lookUp;
  const chains = shortestChains(
    graph.original.graph,
    [original.path],
    (node) => serials.has(node.path),
    () => true,
  );
  return chains.map((chain) => {
    const { path } = lastOf(chain);
    const record = unproven.has(path) ? undefined : standings.get(path)?.record;
    return cause(chain, path, serials.get(path) ?? 0, record);
  });
}

/** The record that gave a derivation this serial, although others may count by now. */
async function recordOfSerial(
  identity: Identity,
  serial: number,
  ledger: PoisonLedger,
): Promise<PoisonRecord | undefined> {
  const history = await ledger.history(identityPaths(identity));
  return history.find((record) => record.epoch === serial && record.effect === 'poison');
}

function cause(
  chain: Chain,
  original: StorePath,
  serial: number,
  record: PoisonRecord | undefined,
): Cause {
  const names = chain.map(({ name }) => name);
  return { original, name: lastOf(chain).name, serial, record, chain: names };
}

function lastOf(chain: Chain): DerivationNode {
  const last = chain.at(-1);
  if (last === undefined) throw new TypeError('a chain has one derivation at least');
  return last;
}

function formOf({ path, text }: DerivationNode): DerivationForm {
  const outputs = text.outputs.map((output) => ({
    name: output.name,
    path: output.path === '' ? undefined : (output.path as StorePath),
  }));
  return { drvPath: path, outputs };
}
