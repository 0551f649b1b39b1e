import { oneLine } from './terminal.ts';

/** So much of an attempt's id tells it from others, and is taken for it by `dispatch group`. */
const shownId = 8;

/** An attempt of a group, as far as it is named by it. */
interface Titled {
  readonly name: string;
  readonly id: string;
}

/** `can-bus-hil 3f9a2c1b`: a group's name and which attempt it is, fit for a terminal. */
export function groupTitle({ name, id }: Titled): string {
  return `${oneLine(name)} ${shortId({ id })}`;
}

/** `3f9a2c1b`: which attempt it is. */
export function shortId({ id }: Pick<Titled, 'id'>): string {
  return oneLine(id).slice(0, shownId);
}
