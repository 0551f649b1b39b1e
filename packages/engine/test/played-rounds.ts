import type { MarkedGroup } from '@dispatch/graph/groups/group';
import type { StorePath } from '@dispatch/nix/store-path';
import { isGood, type StepResult } from '@dispatch/scheduler/result';
import type { StepOutlook } from '../src/events.ts';
import type { RunRounds } from '../src/groups/run-rounds.ts';
import type { PreparedRun } from '../src/plan/prepared-run.ts';

/** A step; or a group: two members, the join that needs both, and a check that needs both, too. */
export interface Unit {
  readonly isGroup: boolean;
  /** How often the group is lost with a machine before anything else becomes of it. */
  readonly losses: number;
  /** How often the members' outputs are lost after the check, and before they are joined. */
  readonly lateLosses: number;
  readonly fails: boolean;
  readonly checkFails: boolean;
  /** Numbers of the units that it needs; those that do not come before it are ignored. */
  readonly needs: readonly number[];
  /** Of the units that can end, the one with the lowest turn ends first. */
  readonly turn: number;
}

interface Step {
  /** The number of its unit; followed by the role for a member, and by `c` for a check. */
  readonly name: string;
  readonly unit: number;
  readonly isMember: boolean;
  readonly needs: readonly string[];
}

type Results = ReadonlyMap<StorePath, StepResult>;

const roles = ['a', 'b'] as const;
const succeeded = { type: 'succeeded', builder: 'one', attempt: 1 } as unknown as StepResult;
const exhausted = { type: 'faults-exhausted', faults: [] } as unknown as StepResult;
const failed = { type: 'failed', builder: 'one', attempt: 1, message: '' } as unknown as StepResult;

function stepsOf(units: readonly Unit[]): Step[] {
  return units.flatMap(({ isGroup, needs: all }, unit) => {
    const needs = [...new Set(all.filter((other) => other < unit))].map(String);
    if (!isGroup) return [{ name: `${unit}`, unit, isMember: false, needs }];
    const members = roles.map((role) => ({ name: `${unit}${role}`, unit, isMember: true, needs }));
    const ofBoth = { unit, isMember: false, needs: members.map(({ name }) => name) };
    return [...members, { ...ofBoth, name: `${unit}c` }, { ...ofBoth, name: `${unit}` }];
  });
}

/**
 * A simulated run with rounds, in place of planning and scheduling, in which everything is decided
 * beforehand.
 */
export class PlayedRun {
  readonly steps: readonly Step[];
  /** Members whose outputs counted and were lost. */
  readonly lostMembers = new Set<StorePath>();
  readonly #units: readonly Unit[];
  readonly #built = new Set<StorePath>();
  /**
   * How many attempts were lost, by the number of the group's unit: before they counted, and (below) after.
   */
  readonly #lost = new Map<number, number>();
  readonly #lostLate = new Map<number, number>();

  constructor(units: readonly Unit[]) {
    this.#units = units;
    this.steps = stepsOf(units);
  }

  /** The steps that are still to be built, without those that the rounds leave out. */
  prepare(rounds: RunRounds): PreparedRun {
    const paths = this.#paths();
    const at = (name: string): StorePath => paths.get(name)!;
    const groups = this.#units.flatMap(({ isGroup }, unit): Partial<MarkedGroup>[] => {
      const members = roles.map((role) => ({ path: at(`${unit}${role}`) }) as never);
      return isGroup ? [{ key: `${unit}`, name: `${unit}`, path: at(`${unit}a`), members }] : [];
    });
    const originals = new Map([...paths].map(([name, path]) => [path, name]));
    const graph = { groups, originalOfRewritten: (path: StorePath) => originals.get(path) };
    const open = this.steps.filter(({ name }) => !this.#built.has(at(name)));
    const steps = open.map(({ name, needs }) => ({
      node: { path: at(name) },
      name,
      dependencies: needs.map(at).filter((path) => !this.#built.has(path)),
    }));
    const hopeless = rounds.leaveOut({ steps } as never, graph as never);
    const hopeful = steps.filter(({ node }) => !hopeless.has(node.path));
    const outlooks = hopeful.map(({ node, name, dependencies }) => {
      return { original: name, rewritten: node.path, name, dependencies };
    });
    const announced = { type: 'planned', steps: outlooks, substitutes: [] };
    return { graph, plan: { steps: hopeful }, announced } as unknown as PreparedRun;
  }

  /**
   * Ends one unit after the other. What needs a step that did not succeed ends with it; without
   * `keepGoing`, everything does.
   */
  carryOut({ announced }: PreparedRun, keepGoing: boolean): Results {
    const round = new Round(announced.steps);
    const numbers = this.#units.map((_, unit) => unit);
    const inTurn = numbers.toSorted((a, b) => this.#units[a]!.turn - this.#units[b]!.turn);
    for (;;) {
      const unit = inTurn.find((one) => round.readyOf(one).length > 0);
      if (unit === undefined) break;
      this.#end(unit, round);
      if (!keepGoing && round.hasFailure) round.stop();
    }
    for (const [path, result] of round.results) if (isGood(result)) this.#built.add(path);
    return round.results;
  }

  #end(unit: number, round: Round): void {
    const { fails, losses } = this.#units[unit]!;
    const ready = round.readyOf(unit);
    const [first, second] = ready;
    if (first === undefined) return;
    if (!this.#isMember(first)) return this.#endAlone(first, unit, round);
    if (second === undefined) return;
    const lost = this.#lost.get(unit) ?? 0;
    const group = first.rewritten;
    if (lost < losses) {
      this.#lost.set(unit, lost + 1);
      for (const member of ready) round.end(member, { type: 'group-lost', group } as never);
    } else if (fails) {
      round.end(second, failed);
      round.end(first, { type: 'group-failed', group, cause: second.rewritten } as never);
    } else for (const member of ready) round.end(member, succeeded);
  }

  #endAlone(step: StepOutlook, unit: number, round: Round): void {
    const { isGroup, lateLosses, fails, checkFails } = this.#units[unit]!;
    const lost = this.#lostLate.get(unit) ?? 0;
    if (step.name.endsWith('c')) round.end(step, checkFails ? failed : succeeded);
    else if (!isGroup) round.end(step, fails ? failed : succeeded);
    else if (lost >= lateLosses) round.end(step, succeeded);
    else {
      this.#lostLate.set(unit, lost + 1);
      for (const path of step.dependencies) this.lostMembers.add(path);
      round.end(step, exhausted);
    }
  }

  #isMember({ name }: StepOutlook): boolean {
    return this.steps.some((step) => step.isMember && step.name === name);
  }

  /** Paths by name. A group that was lost has new ones, and so has all that depends on it. */
  #paths(): Map<string, StorePath> {
    const paths = new Map<string, StorePath>();
    for (const { name, unit, isMember, needs } of this.steps) {
      const lost = (this.#lost.get(unit) ?? 0) + (this.#lostLate.get(unit) ?? 0);
      const mark = isMember ? `!${lost}` : '';
      const inputs = needs.map((need) => paths.get(need)).join();
      paths.set(name, `${name}${mark}(${inputs})` as unknown as StorePath);
    }
    return paths;
  }
}

class Round {
  readonly results = new Map<StorePath, StepResult>();
  readonly #steps: readonly StepOutlook[];

  constructor(steps: readonly StepOutlook[]) {
    this.#steps = steps;
  }

  readyOf(unit: number): StepOutlook[] {
    return this.#steps.filter(
      ({ name, rewritten, dependencies }) =>
        Number.parseInt(name) === unit &&
        !this.results.has(rewritten) &&
        dependencies.every((path) => this.results.get(path)?.type === 'succeeded'),
    );
  }

  get hasFailure(): boolean {
    return [...this.results.values()].some((result) => !isGood(result));
  }

  stop(): void {
    for (const step of this.#steps) this.end(step, { type: 'cancelled', because: 'run-failed' });
  }

  /** Ends a step, and if it did not succeed also those that wait for it. */
  end({ rewritten }: StepOutlook, result: StepResult): void {
    if (this.results.has(rewritten)) return;
    this.results.set(rewritten, result);
    if (isGood(result)) return;
    const blocked =
      result.type === 'dependency-failed'
        ? result
        : ({ type: 'dependency-failed', cause: rewritten } as unknown as StepResult);
    for (const step of this.#steps)
      if (step.dependencies.includes(rewritten)) this.end(step, blocked);
  }
}
