import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { firstMark } from '@dispatch/graph/groups/group';
import { carriedSerial } from '@dispatch/graph/serial-variable';
import { type Identity, identityPaths } from '@dispatch/ledger/identity';
import type { Ledger } from '@dispatch/ledger/ledger';
import type { PoisonLedger } from '@dispatch/ledger/poison-ledger';
import type { PoisonRecord } from '@dispatch/ledger/poison-record';
import { unrecorded } from '@dispatch/ledger/standing';
import type { StorePath } from '@dispatch/nix/store-path';
import { type GroupMarks, usualMarks } from '../groups/group-marks.ts';
import { identityOf, type LookUp, lookUpSerials } from '../look-up/look-up-serials.ts';
import { formInHand } from '../poison/form-in-hand.ts';
import type { ReadSubject, RecordedSubject, Subject } from '../resolve/subject.ts';
import { type RewrittenGraph, rewriteRoots } from '../rewrite/rewrite-roots.ts';
import type { Cause, DerivationForm, Explanation, GroupNow } from './explanation.ts';
import { groupParts, memberPart } from './group-parts.ts';
import { type Chain, shortestChains } from './shortest-chains.ts';

/** Explains the form that somebody has in hand, and what would be built now by the ledger. */
export async function explainSubject(
  subject: Subject,
  ledger: Pick<Ledger, 'poison' | 'variable' | 'groups'>,
): Promise<Explanation> {
  if (subject.from === 'run') return explainRecorded(subject, ledger.poison);
  const { graph, original, drvPath } = subject;
  const lookUp = await lookUpSerials(graph.original, ledger.poison);
  const marks = usualMarks(ledger.groups);
  const rewritten = await marks.settle(rewriteRoots(graph, lookUp, ledger.variable));
  const nodeNow = nodeAsBuiltNow(subject, rewritten) ?? original;
  const groupsNow = groupsAsBuiltNow(nodeNow, rewritten, marks);
  const isAlone = memberPart(original) !== undefined && groupsNow.length === 0;
  const isMadeUp = groupsNow.some(({ state }) => state === 'again');
  return {
    subject,
    form: formInHand(subject, lookUp.standings.get(original.path) ?? unrecorded),
    original: formOf(original),
    inHand: formOf(graph.given.get(drvPath) ?? original),
    member: memberPart(original),
    now: isAlone || isMadeUp ? undefined : formOf(nodeNow),
    causes: await carriedCauses(subject, ledger),
    causesNow: causesNow(subject, lookUp),
    groups: groupParts(graph.given, drvPath),
    groupsNow,
  };
}

/** The derivation as it would be built now: of a member's forms the one in hand, if it is among them. */
function nodeAsBuiltNow(
  { drvPath, original }: ReadSubject,
  graph: RewrittenGraph,
): DerivationNode | undefined {
  const forms = graph.formsOf(original.path);
  return graph.rewritten.get(forms.find((form) => form === drvPath) ?? forms[0] ?? original.path);
}

function groupsAsBuiltNow(
  { path }: DerivationNode,
  { rewritten, groups }: RewrittenGraph,
  marks: GroupMarks,
): readonly GroupNow[] {
  return groupParts(rewritten, path).map((part) => {
    const group = groups.find(({ id }) => id === part.id);
    const isDone = group !== undefined && marks.commitOf(group) !== undefined;
    const isFirst = group?.mark === firstMark;
    return { ...part, state: isDone ? 'committed' : isFirst ? 'first' : 'again' };
  });
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
  const nothing = { causes: [], causesNow: [], groups: [], groupsNow: [] };
  return { subject, form, original, inHand, member: undefined, now: undefined, ...nothing };
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

/** The record that gave a derivation this serial, even if another one counts by now. */
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
