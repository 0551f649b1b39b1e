import type { CommandShape, OptionShape } from './command-shape.ts';
import type { Source } from './sources.ts';

/** For bash 4 and newer, without its package of completions. */
export function bashScript(shapes: readonly CommandShape[]): string {
  return `# Completion of dispatch for bash; made by 'dispatch completion bash'.
_dispatch() {
  # Words as a person sees them: bash itself would break them at colons.
  local line=\${COMP_LINE:0:COMP_POINT} command='' options='' sources='' source word
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  local last=$((\${#words[@]} - 1))
  local current=\${words[last]} i
  for ((i = 1; i < last; i++)); do
    case "$command \${words[i]}" in
      ${commandWords(shapes)}) command="\${command:+$command }\${words[i]}" ;;
    esac
  done
  case $command in
${shapes.map(commandCase).join('\n')}
  esac
  case "$command \${words[last - 1]}" in
${shapes.flatMap((shape) => valueCases(shape, 0)).join('\n')}
    *)
      ((last > 1)) && case "$command \${words[last - 2]}" in
${shapes.flatMap((shape) => valueCases(shape, 1)).join('\n')}
      esac
      ;;
  esac
  COMPREPLY=()
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
    return
  fi
  for source in $sources; do
    case $source in
      files) compopt -o filenames 2>/dev/null; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current") ;;
      folders) compopt -o filenames 2>/dev/null; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$current") ;;
      =*) COMPREPLY+=($(compgen -W "\${source#=}" -- "$current")) ;;
      *) _dispatch_values "$source" "$current" ;;
    esac
  done
  # bash keeps what stands before the last place where it breaks words, so it is cut off here.
  local breaks=\${COMP_WORDBREAKS//[^:=@]/}
  if [[ -n $breaks && $current == *[$breaks]* ]]; then
    local before=\${current%"\${current##*[$breaks]}"}
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
}

# Values that begin with the word; else the only one that contains it, so that a name is enough.
_dispatch_values() {
  local values matches
  values=$(dispatch completion --values "$1" 2>/dev/null)
  matches=($(compgen -W "$values" -- "$2"))
  if ((\${#matches[@]} == 0)) && [[ -n $2 ]]; then
    matches=($(grep -F -- "$2" <<<"$values"))
    ((\${#matches[@]} == 1)) || matches=()
  fi
  COMPREPLY+=("\${matches[@]}")
}

complete -F _dispatch dispatch
`;
}

/** `' build'|'ledger list'`: each command with a subcommand of it. */
function commandWords(shapes: readonly CommandShape[]): string {
  const steps = shapes.flatMap(({ path, subcommands }) =>
    subcommands.map((name) => `'${path} ${name}'`),
  );
  return steps.join('|');
}

function commandCase({ path, options, sources, subcommands }: CommandShape): string {
  const flags = options.flatMap((option) => option.flags).join(' ');
  const words = [...sources, ...subcommands.map((name): Source => `=${name}`)].join(' ');
  return `    '${path}') options='${flags}' sources='${words}' ;;`;
}

/** Cases for the words that follow an option: its first value (`at` 0) or its second (1). */
function valueCases({ path, options }: CommandShape, at: number): string[] {
  return options.flatMap(({ flags, values }: OptionShape) => {
    const sources = values[at];
    if (sources === undefined) return [];
    const patterns = flags.map((flag) => `'${path} ${flag}'`).join('|');
    return [`    ${patterns}) options='' sources='${sources.join(' ')}' ;;`];
  });
}
