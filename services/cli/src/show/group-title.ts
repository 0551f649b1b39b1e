import { oneLine } from './terminal.ts';

/** So much of a group's id tells an attempt from others, and is taken for it by `dispatch group`. */
const shownId = 8;

/** `can-bus-hil 3f9a2c1b`: a group's name and which attempt it is, fit for a terminal. */
export function groupTitle({ name, id }: { readonly name: string; readonly id: string }): string {
  return `${oneLine(name)} ${oneLine(id).slice(0, shownId)}`;
}
