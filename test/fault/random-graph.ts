import type { Seeded } from './seeded.ts';

/** What becomes of a step if only the graph itself decides. */
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
  /** The attributes that make it a member or a join, as Nix text; empty for most. */
  readonly attributes: string;
  /** Its path differs from plain Nix's, since it is of a group, or there is one below it. */
  readonly isApart: boolean;
  /** Whether it is a member, which only the join of its group may read. */
  readonly isMember: boolean;
}

/** From how many of the steps just before it a step draws its dependencies: this gives chains, and width. */
const reach = 24;
const mostInputs = 3;
const failingShare = 0.02;
const groupShare = 0.04;
const roles = ['board', 'driver', 'observer'] as const;

/** The group that a step is a member of, by its name. */
export function groupOf(name: string): string | undefined {
  return /^(.*-group)-(?:board|driver|observer)$/.exec(name)?.[1];
}

/**
 * Makes a random graph. Each step leaves marks of its beginning and its end outside of the sandbox, and its
 * output depends on the outputs of all its inputs: so the outputs of the roots, all that nothing depends on, tell
 * of every step.
 */
export function randomGraph(random: Seeded, tag: string, size: number): RandomGraph {
  const steps: Step[] = [];
  while (steps.length < size) {
    const isGroup = random.next() < groupShare;
    const name = `${tag}-${steps.length}`;
    if (isGroup) steps.push(...randomGroup(random, `${name}-group`, steps));
    else steps.push(randomStep(random, name, steps));
  }
  const used = new Set(steps.flatMap(({ inputs }) => inputs));
  const roots = steps.filter(({ name }) => !used.has(name)).map(({ name }) => name);
  const lines = steps.map((step) => lineOf(step, random));
  return {
    text: [...lines, `roots = [ ${roots.join(' ')} ];`].join('\n'),
    fates: new Map(steps.map(({ name, fate }) => [name, fate])),
  };
}

function randomStep(random: Seeded, name: string, before: readonly Step[]): Step {
  const near = readable(before).slice(-reach);
  const wanted = near.length === 0 ? 0 : random.below(mostInputs + 1);
  const inputs = [...new Set(Array.from({ length: wanted }, () => random.pick(near)))];
  const isDoomed = inputs.some(({ fate }) => fate !== 'succeeded');
  const own = random.next() < failingShare ? 'failed' : 'succeeded';
  return {
    name,
    inputs: inputs.map((input) => input.name),
    fate: isDoomed ? 'dependency-failed' : own,
    attributes: '',
    isApart: inputs.some(({ isApart }) => isApart),
    isMember: false,
  };
}

/** Two or three members, and the join that reads them all. None fails by itself: only a storm makes them fail. */
function randomGroup(random: Seeded, name: string, before: readonly Step[]): Step[] {
  const good = readable(before).filter(({ fate }) => fate === 'succeeded');
  const taking = roles.slice(0, random.next() < 0.5 ? 2 : 3);
  const members = taking.map((role): Step => {
    const inputs = good.length > 0 && random.next() < 0.7 ? [random.pick(good.slice(-reach))] : [];
    const own = `dispatchGroup = "${name}"; dispatchRole = "${role}"; dispatchGroupSize = ${taking.length};`;
    return {
      name: `${name}-${role}`,
      inputs: inputs.map((input) => input.name),
      fate: 'succeeded',
      attributes: `${own} requiredSystemFeatures = [ "dispatch-group" ];`,
      isApart: true,
      isMember: true,
    };
  });
  const join: Step = {
    name,
    inputs: members.map((member) => member.name),
    fate: 'succeeded',
    attributes: `dispatchJoin = "${name}";`,
    isApart: true,
    isMember: false,
  };
  return [...members, join];
}

function readable(steps: readonly Step[]): Step[] {
  return steps.filter(({ isMember }) => !isMember);
}

function lineOf({ name, inputs, fate, attributes, isApart }: Step, random: Seeded): string {
  const read = inputs.map((input) => `\${${input}}`).join(' ');
  // Some outputs refer to their inputs, so that closures are copied.
  const refers = random.next() < 0.3 && !isApart;
  const references = refers ? read : inputs.length;
  const work = [
    `echo begin ${name} >> /marks/log`,
    `sleep ${random.between(0, 0.3).toFixed(3)}`,
    ...(fate === 'failed' ? ['exit 1'] : []),
    `{ echo ${name} ${references}; cat ${read} /dev/null | cksum; } > $out`,
    `echo end ${name} >> /marks/log`,
  ];
  return `${name} = shell "${name}" "${work.join('; ')}" { ${attributes} };`;
}
