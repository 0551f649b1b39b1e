/** Where the words come from that complete an argument or value. */
export type Source = FileSource | ValueSource | `=${string}`;

/** Words that the shell itself finds. */
type FileSource = 'files' | 'folders';

/** Words that `dispatch completion --values` prints. */
export type ValueSource =
  | 'derivations'
  | 'poisoned'
  | 'recorded'
  | 'runs'
  | 'groups'
  | 'machines'
  | 'builders'
  | 'withdrawn';

/**
 * Sources by the name that an argument or an option's value has in the help, preceded by the command
 * where the name alone says too little. `=word` is that word.
 */
const byName: Readonly<Record<string, readonly Source[]>> = {
  roots: ['files', 'derivations'],
  root: ['files', 'derivations'],
  what: ['files', 'derivations'],
  'clear what': ['poisoned', 'files'],
  'ledger show what': ['recorded', 'files'],
  'rewrite roots': ['files'],
  file: ['files'],
  path: ['files'],
  dir: ['folders'],
  run: ['runs'],
  group: ['groups'],
  member: [],
  machines: ['machines'],
  builders: ['builders'],
  'builders resume builders': ['withdrawn'],
  step: ['derivations'],
  priority: ['=low', '=normal', '=high'],
  shell: ['=bash', '=zsh', '=fish'],
  attribute: [],
  expression: [],
  input: [],
  flake: ['folders'],
  name: [],
  value: [],
  number: [],
  seconds: [],
  minutes: [],
  text: [],
  uri: ['=auto', '=daemon'],
  url: ['=memory:', '=lmdb:'],
};

/** The sources of an argument or value of a command. Throws for a name that is missing above. */
export function sourcesOf(command: string, name: string): readonly Source[] {
  const sources = byName[`${command} ${name}`] ?? byName[name];
  if (sources === undefined) throw new TypeError(`say in ${import.meta.url} what '${name}' may be`);
  return sources;
}
