import headless from '@xterm/headless';

/** A terminal as a person sees it, with everything that was ever scrolled out of it. */
export class Emulator {
  readonly #terminal: headless.Terminal;
  /** All that was written to it, control sequences included. */
  written = '';

  constructor(columns = 80, rows = 24) {
    const history = { scrollback: 5000, allowProposedApi: true };
    this.#terminal = new headless.Terminal({ cols: columns, rows, ...history });
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  get modes(): headless.IModes {
    return this.#terminal.modes;
  }

  get buffer(): headless.IBuffer {
    return this.#terminal.buffer.active;
  }

  write(text: string): void {
    this.written += text;
    this.#terminal.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** Resolves when everything that was written is visible. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#terminal.write('', resolve));
  }

  /** The lines up to the last that is not empty, unwrapped. */
  async lines(): Promise<string[]> {
    await this.settled();
    const lines: string[] = [];
    for (let at = 0; at < this.buffer.length; at += 1) {
      const row = this.buffer.getLine(at);
      const text = row?.translateToString(true) ?? '';
      if (row?.isWrapped) lines.push((lines.pop() ?? '') + text);
      else lines.push(text);
    }
    return lines.join('\n').trimEnd().split('\n');
  }
}
