import { oneLine } from './terminal.ts';

/** How many characters of an attempt's id are shown, which is as many as `dispatch group` needs. */
const shownId = 8;

/** What an attempt of a group is named by. */
interface Titled {
  readonly name: string;
  readonly id: string;
}

/** `can-bus-hil 3f9a2c1b`: a group's name and which attempt it is, fit for a terminal. */
export function groupTitle({ name, id }: Titled): string {
  return `${oneLine(name)} ${shortId({ id })}`;
}

/** `3f9a2c1b`: the beginning of an attempt's id. */
export function shortId({ id }: Pick<Titled, 'id'>): string {
  return oneLine(id).slice(0, shownId);
}
