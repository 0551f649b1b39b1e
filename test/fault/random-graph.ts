import type { Seeded } from './seeded.ts';

/** What becomes of a step where nothing but the step itself decides. */
export type Fate = 'succeeded' | 'failed' | 'dependency-failed';

/** Derivations with random dependencies, as the inside of a `rec { … }` for `writeRecipes`. */
export interface RandomGraph {
  readonly text: string;
  /** By name. */
  readonly fates: ReadonlyMap<string, Fate>;
}

interface Step {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly fate: Fate;
}

/** How many of the steps before it a step may depend on: so chains come about, and width. */
const reach = 24;
const mostInputs = 3;
const failingShare = 0.02;

/**
 * Each step leaves marks of its beginning and its end outside of the sandbox, and its output hangs on the outputs of
 * all its inputs: so the outputs of the roots, all that nothing depends on, tell of every step.
 */
export function randomGraph(random: Seeded, tag: string, size: number): RandomGraph {
  const steps: Step[] = [];
  for (let number = 0; number < size; number += 1) steps.push(randomStep(random, tag, steps));
  const used = new Set(steps.flatMap(({ inputs }) => inputs));
  const roots = steps.filter(({ name }) => !used.has(name)).map(({ name }) => name);
  const lines = steps.map((step) => lineOf(step, random));
  return {
    text: [...lines, `roots = [ ${roots.join(' ')} ];`].join('\n'),
    fates: new Map(steps.map(({ name, fate }) => [name, fate])),
  };
}

function randomStep(random: Seeded, tag: string, before: readonly Step[]): Step {
  const near = before.slice(-reach);
  const wanted = near.length === 0 ? 0 : random.below(mostInputs + 1);
  const inputs = new Set(Array.from({ length: wanted }, () => random.pick(near)));
  const isDoomed = [...inputs].some(({ fate }) => fate !== 'succeeded');
  const own = random.next() < failingShare ? 'failed' : 'succeeded';
  return {
    name: `${tag}-${before.length}`,
    inputs: [...inputs].map(({ name }) => name),
    fate: isDoomed ? 'dependency-failed' : own,
  };
}

function lineOf({ name, inputs, fate }: Step, random: Seeded): string {
  const read = inputs.map((input) => `\${${input}}`).join(' ');
  // Some outputs refer to their inputs, so that closures are copied.
  const references = random.next() < 0.3 ? read : inputs.length;
  const work = [
    `echo begin ${name} >> /marks/log`,
    `sleep ${random.between(0, 0.3).toFixed(3)}`,
    ...(fate === 'failed' ? ['exit 1'] : []),
    `{ echo ${name} ${references}; cat ${read} /dev/null | cksum; } > $out`,
    `echo end ${name} >> /marks/log`,
  ];
  return `${name} = shell "${name}" "${work.join('; ')}" {};`;
}
