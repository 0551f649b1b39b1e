import { setTimeout as sleep } from 'node:timers/promises';
import { deferred } from '@dispatch/builders/deferred';
import type { CoordinatorConnection } from '@dispatch/coordinator/client/connection';
import { followRun, type RunFollower } from '@dispatch/coordinator/client/follow-run';
import { type Reach, reachCoordinator } from '@dispatch/coordinator/client/reach';
import type { BuildOrder } from '@dispatch/coordinator/messages/build-order';
import type { RunReport } from '@dispatch/engine/report/run-report';
import { newRunId } from '@dispatch/engine/run-id';
import { messageOf } from '@dispatch/nix/message-of';
import { JobBook } from './job-book.ts';
import type { JobInput } from './job-input.ts';
import { JobQueue, type JobToBuild, pauseAfter } from './job-queue.ts';
import { linkName } from './link-name.ts';
import { MergedEvents } from './merged-events.ts';
import { readEvalJobs } from './read-eval-jobs.ts';

/** What jobs are built with. */
export interface JobsBuildOptions {
  readonly input: JobInput;
  readonly reach: Reach;
  /** The order for each batch, without its roots. */
  readonly order: Omit<BuildOrder, 'roots'>;
  /** Hears of all runs as if they were one. */
  readonly listener: RunFollower;
  /** Attributes could not be evaluated, or their run could not be carried out. */
  readonly onError: (attributes: readonly string[], message: string) => void;
  readonly stop: AbortSignal;
}

/**
 * Builds jobs while more of them come: each batch is a run of its own, and the coordinator builds once
 * what several want. The first failure ends everything, unless the order says to keep going.
 */
export class JobsBuild {
  readonly book: JobBook = new JobBook();
  readonly #options: JobsBuildOptions;
  readonly #merged = new MergedEvents();
  readonly #queue = new JobQueue();
  readonly #halt = new AbortController();
  readonly #signal: AbortSignal;
  readonly #runs: Promise<void>[] = [];
  readonly #asked = new Set<string>();
  readonly #losses = new Map<string, number>();

  constructor(options: JobsBuildOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.stop, this.#halt.signal]);
  }

  /** Builds everything; nothing goes on when this returns. Throws when no coordinator can be reached. */
  async carryOut(): Promise<void> {
    const { input } = this.#options;
    const letGo = (): void => input.letGo();
    this.#signal.addEventListener('abort', letGo, { once: true });
    if (this.#signal.aborted) letGo();
    const reading = this.#read();
    try {
      await this.#beginBatches();
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#halt.abort();
      throw error;
    } finally {
      await Promise.all([reading, ...this.#runs]);
    }
  }

  async #read(): Promise<void> {
    const { input } = this.#options;
    try {
      for await (const job of readEvalJobs(input.stream, input.name)) {
        if (job.type === 'failed') this.#note([job.attr], job.message);
        else this.#ask(job);
      }
    } catch (error) {
      if (!this.#signal.aborted) this.#fail([], error);
    } finally {
      input.letGo();
      this.#queue.close();
    }
  }

  /** Several attributes may stand for one derivation; it is asked for again only if it needs more links. */
  #ask(job: JobToBuild): void {
    this.book.jobs.push(job);
    const key = this.#options.order.links === null ? job.drvPath : job.attr;
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    this.#queue.add(job);
  }

  async #beginBatches(): Promise<void> {
    const { reach } = this.#options;
    // The coordinator starts while the first job is evaluated; if it cannot, nobody waits for that job.
    const called = reachCoordinator(reach, this.#signal);
    const first = await Promise.race([this.#queue.take(), untilItFails(called)]);
    const firstAt = Date.now();
    for (let jobs = first; jobs !== undefined; jobs = await this.#queue.take()) {
      if (this.#signal.aborted) break;
      const isFirst = this.#runs.length === 0;
      // That there is no coordinator is not an error of these jobs.
      const connection = await (isFirst ? called : reachCoordinator(reach, this.#signal));
      await this.#begin(jobs, connection);
      const pause = pauseAfter(Date.now() - firstAt);
      await sleep(pause, undefined, { signal: this.#queue.closed }).catch(ignore);
    }
    if (this.#runs.length === 0) void called.then(close, ignore);
  }

  /** Begins a batch. Resolves when it is planned: the next one had better not be planned before. */
  async #begin(jobs: readonly JobToBuild[], connection: CoordinatorConnection): Promise<void> {
    const planned = deferred<void>();
    const run = this.#follow(jobs, connection, () => planned.resolve());
    const ended = run.catch((error: unknown) => {
      if (!this.#signal.aborted) this.#fail(jobs, error);
    });
    this.#runs.push(ended);
    await Promise.race([planned.promise, ended]);
  }

  async #follow(
    jobs: readonly JobToBuild[],
    connection: CoordinatorConnection,
    onPlanned: () => void,
  ): Promise<void> {
    const { reach, order } = this.#options;
    const run = newRunId(Date.now());
    const hasLinks = order.links !== null;
    const roots = jobs.map((job) => ({
      drvPath: job.drvPath,
      outputs: 'all' as const,
      link: hasLinks ? linkName(job) : undefined,
    }));
    const asked = { type: 'build', run, order: { ...order, roots }, detached: false } as const;
    const listener = this.#listenerOf(run, onPlanned);
    const { report } = await followRun(reach, connection, asked, listener, this.#signal);
    this.#take(report);
  }

  #take(report: RunReport): void {
    this.book.reports.push(report);
    if (report.outcome === 'failed') this.#failed();
  }

  #listenerOf(run: string, onPlanned: () => void): RunFollower {
    const { listener } = this.#options;
    return {
      onEvent: (event) => {
        if (event.type === 'planned') onPlanned();
        const told = this.#merged.merge(run, event);
        if (told !== undefined) listener.onEvent(told);
      },
      onLost: () => this.#tellLoss(run),
      onLeftOut: listener.onLeftOut,
    };
  }

  /** Tells only once that the coordinator was lost, although every run loses it. */
  #tellLoss(run: string): void {
    const before = Math.max(0, ...this.#losses.values());
    const losses = (this.#losses.get(run) ?? 0) + 1;
    this.#losses.set(run, losses);
    if (losses > before) this.#options.listener.onLost();
  }

  #fail(jobs: readonly JobToBuild[], error: unknown): void {
    this.#note(this.book.attributesOf(jobs), messageOf(error));
  }

  #note(attributes: readonly string[], message: string): void {
    const named = attributes.length === 0 ? [undefined] : attributes;
    this.book.errors.push(...named.map((attr) => ({ attr, message })));
    this.#options.onError(attributes, message);
    this.#failed();
  }

  #failed(): void {
    if (!this.#options.order.keepGoing) this.#halt.abort();
  }
}

function untilItFails(called: Promise<unknown>): Promise<never> {
  return new Promise((_resolve, reject) => void called.catch(reject));
}

function close(connection: CoordinatorConnection): void {
  connection.close();
}

function ignore(): void {
  // The error is reported elsewhere, or of no interest.
}
