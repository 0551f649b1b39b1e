import type { RunEvent } from '@dispatch/engine/events';
import { shortMachineName } from '../show/machine-name.ts';
import { Progress } from '../show/progress.ts';
import type { RunDisplay } from '../show/run-display.ts';
import { oneLine, paintedBy, type Terminal } from '../show/terminal.ts';
import { Block } from './block.ts';
import { FrameClock } from './frame-clock.ts';
import { watchJobControl } from './job-control.ts';
import { initialLive, type LiveState } from './live-state.ts';
import { reduce } from './reduce.ts';
import { render } from './render.ts';
import { asciiSymbols, type StyledLine, type Symbols, unicodeSymbols } from './styled-line.ts';
import { isInForeground, isUtf8, type Tty } from './tty.ts';

/** How a live view is set up. */
export interface LiveOptions {
  /** Show every line that builds print. */
  readonly buildLogs: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Shows a run at a terminal while it goes on: what is over in lines that stay, and what goes on in a block
 * below them. Everything else that is printed meanwhile must go through `line`.
 */
export class LiveView implements RunDisplay {
  readonly paint: Terminal['paint'];
  readonly #tty: Tty;
  readonly #symbols: Symbols;
  readonly #block: Block;
  readonly #progress: Progress;
  readonly #clock: FrameClock = new FrameClock(() => this.#draw(this.#picture()));
  /** Undefined before the first event and after the end. */
  #state: LiveState | undefined;
  #above: string[] = [];
  #watches: readonly Disposable[] = [];

  constructor(tty: Tty, { buildLogs, environment }: LiveOptions) {
    this.paint = paintedBy(environment);
    this.#tty = tty;
    this.#symbols = isUtf8(environment) ? unicodeSymbols : asciiSymbols;
    this.#block = new Block(tty, environment);
    this.#progress = new Progress(this, {
      buildLogs,
      starts: false,
      machineName: (uri) => oneLine(shortMachineName(uri)),
    });
  }

  show(event: RunEvent): void {
    this.#state = reduce(this.#state ?? this.#begin(), event, Date.now());
    this.#progress.show(event);
    this.#clock.soon();
  }

  line(text: string): void {
    if (this.#state === undefined) {
      this.#tty.write(`${text}\n`);
      return;
    }
    this.#above.push(text);
    this.#clock.soon();
  }

  end(): void {
    this[Symbol.dispose]();
  }

  /** Takes the block away; from now on lines are written as they come. */
  [Symbol.dispose](): void {
    if (this.#state === undefined) return;
    this.#withdraw();
    this.#state = undefined;
    for (const watch of this.#watches) watch[Symbol.dispose]();
  }

  #begin(): LiveState {
    const draw = (): void => this.#draw(this.#picture());
    this.#watches = [
      this.#tty.onResize(draw),
      watchJobControl({
        suspend: () => this.#withdraw(),
        resume: () => this.#clock.soon(),
        exit: () => this[Symbol.dispose](),
      }),
    ];
    return initialLive(Date.now());
  }

  #withdraw(): void {
    this.#clock.stop();
    this.#draw([]);
  }

  #picture(): readonly StyledLine[] {
    if (this.#state === undefined || !isInForeground()) return [];
    const { columns, rows } = this.#tty;
    return render(this.#state, { columns, rows, symbols: this.#symbols }, Date.now());
  }

  #draw(lines: readonly StyledLine[]): void {
    const above = this.#above;
    this.#above = [];
    this.#block.draw(above, lines);
  }
}
