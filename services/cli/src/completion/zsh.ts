import type { CommandShape, OptionShape } from './command-shape.ts';

/** For zsh with its completion system. */
export function zshScript(shapes: readonly CommandShape[]): string {
  return `#compdef dispatch
# Completion of dispatch for zsh; made by 'dispatch completion zsh'.
_dispatch() {
  local command='' word
  local -a options commands sources
  for word in \${words[2,CURRENT-1]}; do
    case "$command $word" in
      ${commandWords(shapes)}) command="\${command:+$command }$word" ;;
    esac
  done
  case $command in
${shapes.map((shape) => commandCase(shape, shapes)).join('\n')}
  esac
  case "$command \${words[CURRENT-1]}" in
${shapes.flatMap((shape) => valueCases(shape, 0)).join('\n')}
    *)
      ((CURRENT > 2)) && case "$command \${words[CURRENT-2]}" in
${shapes.flatMap((shape) => valueCases(shape, 1)).join('\n')}
      esac
      ;;
  esac
  if [[ $PREFIX == -* ]]; then
    _describe -o option options
    return
  fi
  ((\${#commands})) && _describe command commands
  for word in $sources; do
    case $word in
      files) _files ;;
      folders) _files -/ ;;
      '='*) compadd -- "\${word#=}" ;;
      *) _dispatch_values "$word" ;;
    esac
  done
}

# Any part of a path is enough, since nobody types its hash.
_dispatch_values() {
  local -a values
  values=(\${(f)"$(dispatch completion --values "$1" 2>/dev/null)"})
  ((\${#values})) && compadd -M 'l:|=* r:|=*' -a values
}

if [[ \${funcstack[1]} == _dispatch ]]; then _dispatch "$@"; else compdef _dispatch dispatch; fi
`;
}

function commandWords(shapes: readonly CommandShape[]): string {
  const steps = shapes.flatMap(({ path, subcommands }) =>
    subcommands.map((name) => `'${path} ${name}'`),
  );
  return steps.join('|');
}

function commandCase(shape: CommandShape, shapes: readonly CommandShape[]): string {
  const { path, options, sources, subcommands } = shape;
  const flags = options.flatMap((option) => option.flags.map((flag) => described(flag, option)));
  const commands = subcommands.map((name) => {
    const below = shapes.find((other) => other.path === `${path} ${name}`.trim());
    return quoted(`${name}:${escaped(below?.summary ?? '')}`);
  });
  return `    '${path}')
      options=(${flags.join(' ')})
      commands=(${commands.join(' ')})
      sources=(${sources.map(quoted).join(' ')}) ;;`;
}

function described(flag: string, { description }: OptionShape): string {
  return quoted(`${flag}:${escaped(description)}`);
}

function valueCases({ path, options }: CommandShape, at: number): string[] {
  return options.flatMap(({ flags, values }) => {
    const sources = values[at];
    if (sources === undefined) return [];
    const patterns = flags.map((flag) => `'${path} ${flag}'`).join('|');
    return [
      `    ${patterns}) options=() commands=() sources=(${sources.map(quoted).join(' ')}) ;;`,
    ];
  });
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(':', '\\:');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
