/** Why a machine with no slots is out of use, as with Nix: its line says 0. */
export const drained: string =
  'it is drained: its line says 0 builds at a time (the fourth column)';

/** How to put back a machine that somebody took out of use. */
export function resumeAdvice(name: string): string {
  const word = name.includes(' ') ? `"${name}"` : name;
  return `'dispatch builders resume ${word}' puts it back to use`;
}
