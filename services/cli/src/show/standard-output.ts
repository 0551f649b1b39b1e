/** A line of a command's answer. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The whole answer for programs: one object, in which what is not known is null. */
export function printJson(value: object): void {
  print(JSON.stringify(value, (_, part: unknown) => part ?? null, 2));
}
