import { setTimeout as pause } from 'node:timers/promises';
import type { Position } from '../../lib/protocol/position.ts';
import type { Seen } from './checker.ts';
import { Recorder } from './recorder.ts';
import { Killed, Trap } from './trap.ts';

/** Milliseconds before a worker asks again that got no answer, or one that refused it. */
const AGAIN = 50;

/** How often it is tried to be made. */
const MOST_TRIES = 200;

/** Milliseconds of a lease, the shortest there is, and for which a worker waits for events. */
const LEASE = 1_000;
const WAIT = 1_000;

/** Events of an answer, at most. */
const LIMIT = 20;

/** Milliseconds that the service is waited for. */
const PATIENCE = 8_000;

/**
 * Where a worker may be killed, or stand still: with its question on its way; with an answer in hand; with one that is done and
 * not acknowledged; with an acknowledgement on its way; behind it.
 */
export const WORKER_STEPS = ['asking', 'answered', 'done', 'acknowledging', 'acknowledged'] as const;
export type WorkerStep = (typeof WORKER_STEPS)[number];

interface Answer {
  readonly fence: number | null;
  readonly events: readonly (Position & { readonly channel: string; readonly id: string })[];
  readonly gaps: readonly {
    readonly channel: string;
    readonly epoch: string;
    readonly from: number | null;
    readonly to: number | null;
  }[];
}

/** A back-end that follows channels by name, with several workers that know nothing of each other. */
export class NamedConsumer {
  readonly trap = new Trap<WorkerStep>();
  readonly #url: string;
  readonly #name: string;
  readonly #seen: Seen[];
  readonly #recorder: Recorder;
  readonly #workers: Promise<void>[] = [];
  #isOver = false;

  /** @param url - of the service. */
  constructor(url: string, name: string, seen: Seen[]) {
    this.#url = url;
    this.#name = name;
    this.#seen = seen;
    this.#recorder = new Recorder(seen, name);
  }

  /** @throws Error where it cannot be made. */
  async start(pattern: string, workers: number): Promise<void> {
    for (let more = MOST_TRIES; ; more--) {
      const { status, body } = await this.#ask('PUT', '', { patterns: [pattern], since: 'earliest' });
      await body?.cancel();
      if (status === 200) break;
      // The run before may have ended a server that is only just back.
      if (more === 0 || status < 500) throw new Error(`PUT of a consumer was answered ${status}`);
      await pause(AGAIN);
    }
    for (let n = 0; n < workers; n++) this.#workers.push(this.#work());
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    while (!this.#isOver) {
      // Killed, refused or unanswered: the next goes on, and knows nothing of it.
      const isRefused = await this.#turn().catch(() => true);
      if (isRefused) await pause(AGAIN);
    }
  }

  /** Pulls, does what it is given, and acknowledges it. @returns whether it was refused. */
  async #turn(): Promise<boolean> {
    const asked = Date.now();
    const response = await this.#step('asking', '/pull', { limit: LIMIT, wait: WAIT, lease: LEASE });
    if (response.status !== 200) {
      await response.body?.cancel();
      return true;
    }
    const { fence, events, gaps } = (await response.json()) as Answer;
    if (fence === null) return false;
    const places = events.map(({ channel, epoch, offset }) => ({ channel, epoch, offset }));
    this.#seen.push({ type: 'leased', at: Date.now(), asked, consumer: this.#name, fence, places });
    await this.trap.pass('answered');
    for (const { channel, epoch, from, to } of gaps) {
      this.#recorder.hear({ channel, epoch, from: from ?? 1, to: to ?? Number.MAX_SAFE_INTEGER });
    }
    for (const { channel, epoch, offset, id } of events) {
      this.#recorder.hear({ channel, epoch, from: offset, to: offset, id });
    }
    await this.trap.pass('done');
    await this.#acknowledge(fence);
    await this.trap.pass('acknowledged');
    return false;
  }

  /** Acknowledges, again where it is not known whether that was done. */
  async #acknowledge(fence: number): Promise<void> {
    const asked = Date.now();
    while (!this.#isOver) {
      try {
        const { status, body } = await this.#step('acknowledging', '/ack', { fence });
        await body?.cancel();
        if (status === 200) {
          this.#seen.push({ type: 'acknowledged', at: Date.now(), asked, consumer: this.#name, fence });
        }
        if (status < 500) return;
      } catch (error) {
        if (error instanceof Killed) throw error;
      }
      await pause(AGAIN);
    }
  }

  /** Asks, unless whoever asks is to be killed here: then with its question on its way. */
  async #step(step: 'asking' | 'acknowledging', path: string, body: unknown): Promise<Response> {
    const killed = new AbortController();
    const response = this.#ask('POST', path, body, killed.signal);
    response.catch(() => undefined);
    try {
      await this.trap.pass(step);
    } catch (error) {
      killed.abort();
      throw error;
    }
    return response;
  }

  #ask(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    const patience = AbortSignal.timeout(PATIENCE);
    return fetch(`${this.#url}/consumers/${this.#name}${path}?user=${this.#name}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: signal === undefined ? patience : AbortSignal.any([patience, signal]),
    });
  }
}
