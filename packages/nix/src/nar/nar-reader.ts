import type { ByteString } from '../byte-string.ts';
import { NixFormatError } from '../errors.ts';
import type { NarNode } from './nar-node.ts';
import { type NarEvent, NarParser } from './nar-parser.ts';

/**
 * The tree in a NAR that is already in memory; the contents of its files are views of `nar`. For a
 * NAR that streams in, use `NarParser` and its events. Throws `bad-nar` with the position, also
 * when bytes follow the NAR.
 */
export function readNar(nar: Uint8Array): NarNode {
  const builder = new NodeBuilder();
  const parser = new NarParser((event) => builder.take(event));
  const length = parser.push(nar);
  parser.end();
  if (length < nar.length) {
    const fault = `not a NAR: it goes on after its end (at byte ${length})`;
    throw new NixFormatError('bad-nar', fault, { position: length });
  }
  return builder.root;
}

const noBytes = new Uint8Array(0);

interface OpenDirectory {
  readonly entries: Map<ByteString, NarNode>;
  /** The entry whose node comes next. */
  name: ByteString;
}

/** Builds the tree from the events of a NAR that came in one chunk. */
class NodeBuilder {
  root: NarNode = { kind: 'directory', entries: new Map() };
  readonly #open: OpenDirectory[] = [];
  #executable = false;

  take(event: NarEvent): void {
    if (event.kind === 'regular') this.#addFile(event.executable, noBytes);
    else if (event.kind === 'contents') this.#addFile(this.#executable, event.bytes);
    else if (event.kind === 'symlink') this.#add(event);
    else if (event.kind === 'directory') this.#addDirectory();
    else if (event.kind === 'entry') this.#nameNext(event.name);
    else this.#open.pop();
  }

  /** Empty files have no contents event, so a file is added at once, and again with its contents. */
  #addFile(executable: boolean, contents: Uint8Array): void {
    this.#executable = executable;
    this.#add({ kind: 'regular', executable, contents });
  }

  #addDirectory(): void {
    const entries = new Map<ByteString, NarNode>();
    this.#add({ kind: 'directory', entries });
    this.#open.push({ entries, name: '' });
  }

  #nameNext(name: ByteString): void {
    const directory = this.#open.at(-1);
    if (directory !== undefined) directory.name = name;
  }

  #add(node: NarNode): void {
    const directory = this.#open.at(-1);
    if (directory === undefined) this.root = node;
    else directory.entries.set(directory.name, node);
  }
}
