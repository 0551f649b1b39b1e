import type { CommandShape, OptionShape } from './command-shape.ts';
import type { Source } from './sources.ts';

/** For fish 3 and newer. */
export function fishScript(shapes: readonly CommandShape[]): string {
  return `# Completion of dispatch for fish; made by 'dispatch completion fish'.
function __dispatch_at
    set -l command ''
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$command $word"
            case ${commandWords(shapes)}
                set command (string trim -- "$command $word")
        end
    end
    test "$command" = "$argv[1]"
end

complete -c dispatch -f
${shapes.flatMap((shape) => lines(shape, shapes)).join('\n')}
`;
}

function commandWords(shapes: readonly CommandShape[]): string {
  const steps = shapes.flatMap(({ path, subcommands }) =>
    subcommands.map((name) => quoted(`${path} ${name}`)),
  );
  return steps.join(' ');
}

function lines(shape: CommandShape, shapes: readonly CommandShape[]): string[] {
  const { path, options, sources, subcommands } = shape;
  const at = `complete -c dispatch -n ${quoted(`__dispatch_at ${quoted(path)}`)}`;
  const commands = subcommands.map((name) => {
    const below = shapes.find((other) => other.path === `${path} ${name}`.trim());
    return `${at} -a ${name} -d ${quoted(below?.summary ?? '')}`;
  });
  const words = sources.length === 0 ? [] : [`${at} ${wordsFrom(sources)}`];
  return [...commands, ...options.map((option) => `${at} ${optionWords(option)}`), ...words];
}

function optionWords({ flags, description, values }: OptionShape): string {
  const names = flags.map((flag) =>
    flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
  );
  const [first] = values;
  const taken = first === undefined ? '' : ` -r ${wordsFrom(first)}`.trimEnd();
  return `${names.join(' ')}${taken} -d ${quoted(description)}`;
}

function wordsFrom(sources: readonly Source[]): string {
  const fromFiles = sources.some((source) => source === 'files' || source === 'folders');
  const words = sources.flatMap((source) => {
    if (source === 'files' || source === 'folders') return [];
    return source.startsWith('=')
      ? [source.slice(1)]
      : [`(dispatch completion --values ${source} 2>/dev/null)`];
  });
  const offered = words.length === 0 ? [] : [`-a ${quoted(words.join(' '))}`];
  return [...(fromFiles ? ['-F'] : []), ...offered].join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
