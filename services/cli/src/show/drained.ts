/** What a machine with no slots is for Nix and for us: a line that says 0 takes it out of use. */
export const drained: string =
  'it is drained: its line says 0 builds at a time (the fourth column)';

/** How a machine that somebody took out of use is put back. */
export function resumeAdvice(name: string): string {
  const word = name.includes(' ') ? `"${name}"` : name;
  return `'dispatch builders resume ${word}' puts it back to use`;
}
