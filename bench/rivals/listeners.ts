import { cpuOf } from '../process-cpu.ts';
import { startWorker, type Worker } from '../work.ts';
import type { Rival } from './rival.ts';

/** What one run at saturation came to. */
export interface Saturated {
  /** Deliveries a second, until the last was heard. */
  readonly rate: number;
  /** Deliveries for a second of CPU of all processes that serve. */
  readonly perCpu: number;
  readonly framesPerEvent: number;
  readonly seconds: number;
  /** Of the machine, that the listeners and their publisher kept busy. */
  readonly cores: number;
}

/** Milliseconds until all have heard an event. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** What one process of listeners came to. */
interface Part {
  readonly frames: number;
  /** Seconds. */
  readonly cpu: number;
}

/** The listeners of a rival, in two processes or one; the publisher is in the first. */
export class Listeners {
  readonly rival: Rival;
  readonly #workers: readonly [Worker, Worker];
  #listeners = 0;

  private constructor(rival: Rival, workers: readonly [Worker, Worker]) {
    this.rival = rival;
    this.#workers = workers;
  }

  static async start(rival: Rival): Promise<Listeners> {
    const [first, second] = [await startWorker('audience'), await startWorker('audience')];
    return new Listeners(rival, [first.worker, second.worker]);
  }

  /**
   * Connects so many, in place of those that there are.
   *
   * @param processes - over which they are spread. One process bounds what a server can reach; a latency is told in one.
   */
  async join(listeners: number, processes: 1 | 2): Promise<void> {
    const [first, second] = this.#workers;
    const { kind, urls } = this.rival;
    const half = processes === 1 ? 0 : Math.floor(listeners / 2);
    await first.ask({ kind, urls, listeners: listeners - half });
    await second.ask({ kind, urls, listeners: half });
    this.#listeners = listeners;
  }

  /** Publishes so many events as fast as they are taken, `inFlight` of them under way at once. */
  async saturate(events: number, inFlight: number): Promise<Saturated> {
    const [first, second] = this.#workers;
    const { pids } = this.rival;
    const cpu = cpuOf(pids);
    // It counts before anything is published.
    await second.ask({ expect: events });
    const began = performance.now();
    const [one, other] = await Promise.all([
      first.ask<Part>({ saturate: events, inFlight }),
      second.ask<Part>({ hear: true }),
    ]);
    const seconds = (performance.now() - began) / 1_000;
    const deliveries = events * this.#listeners;
    return {
      rate: deliveries / seconds,
      perCpu: deliveries / (cpuOf(pids) - cpu),
      framesPerEvent: (one.frames + other.frames) / deliveries,
      seconds,
      cores: (one.cpu + other.cpu) / seconds,
    };
  }

  /** Publishes so many events one at a time, each once all have heard the one before. */
  async oneByOne(events: number): Promise<Latency> {
    return this.#workers[0].ask<Latency>({ oneByOne: events });
  }

  async stop(): Promise<void> {
    for (const worker of this.#workers) await worker.stop();
  }
}
