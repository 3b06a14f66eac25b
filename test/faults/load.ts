import { setTimeout as pause } from 'node:timers/promises';
import { type Clock, Client as Library, systemClock } from '../../client/src/index.ts';
import { seededRandom } from '../../localstack/strict/random.ts';
import { Client, type Message } from '../e2e/client.ts';
import type { Seen } from './checker.ts';

/** Milliseconds in which everything acked is to be heard once the load has ended. */
const SETTLING = 90_000;

/** Milliseconds in which nothing more is heard, after which nothing will be. */
const QUIET = 15_000;

const PATIENT = { backoff: { first: 100, most: 1_000 }, requestTimeout: 4_000 };

/** A clock of which no timer fires while its machine sleeps; those that would have fire when it wakes. */
class SleepyClock implements Clock {
  #asleep = false;
  readonly #overdue = new Set<() => void>();

  now(): number {
    return systemClock.now();
  }

  random(): number {
    return systemClock.random();
  }

  after(duration: number, task: () => void): () => void {
    const fire = (): void => {
      if (this.#asleep) this.#overdue.add(task);
      else task();
    };
    const stop = systemClock.after(duration, fire);
    return () => {
      stop();
      this.#overdue.delete(task);
    };
  }

  sleep(): void {
    this.#asleep = true;
  }

  wake(): void {
    this.#asleep = false;
    for (const task of this.#overdue) task();
    this.#overdue.clear();
  }
}

export interface LoadOptions {
  /** Tells runs apart that share a service. */
  readonly run: string;
  readonly listenersUrl: string;
  readonly publishersUrl: string;
  /** Decides what is published, when and where to. */
  readonly seed: number;
}

/** Who listens, who publishes, and a record of all they do and see. */
export class Load {
  readonly seen: Seen[] = [];
  readonly clock = new SleepyClock();
  readonly channels: readonly string[];
  readonly #options: LoadOptions;
  readonly #libraries: Library[] = [];
  readonly #listeners = new Map<string, Library>();
  readonly #publishing: Promise<void>[] = [];
  #stopped = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.channels = Array.from({ length: 4 }, (_, n) => `fault-${options.run}:${n}`);
  }

  /** What matches all of them, and those of no other run. */
  get pattern(): string {
    return `fault-${this.#options.run}:*`;
  }

  /** Three who listen, by names and by pattern, and two who publish until told to stop. */
  async start(): Promise<void> {
    await Promise.all([
      this.#listen('alice', this.channels),
      this.#listen('bob', [this.pattern]),
      this.#listen('carol', [this.pattern]),
    ]);
    for (const [n, user] of ['alice', 'bob'].entries()) {
      this.#publishing.push(this.#publish(user, seededRandom(this.#options.seed + n)));
    }
  }

  /** Ends the publishing, once what was begun has been answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#publishing);
  }

  /**
   * Waits until everything acked was heard, or it is clear that it will not be.
   *
   * @param mayMiss - where something may be missing, provided that its listeners were told.
   */
  async settle(mayMiss: boolean): Promise<void> {
    let owed = this.#owed();
    let end = Date.now() + (mayMiss ? QUIET : SETTLING);
    while (owed > 0 && Date.now() < end) {
      await pause(50);
      const still = this.#owed();
      if (mayMiss && still < owed) end = Date.now() + QUIET;
      owed = still;
    }
    // What should not come would come now.
    await pause(300);
  }

  /** Reads the history, past the library. */
  async read(): Promise<void> {
    const reader = await this.#reader();
    await reader.request({ type: 'subscribe', patterns: [this.pattern] });
    let question: Record<string, unknown> = { since: 0, limit: 10_000 };
    for (;;) {
      reader.heard.length = 0;
      reader.send({ type: 'replay', requestId: 'history', ...question });
      const last = await reader.find(
        ({ type, final, error }) => (type === 'replay' && final === true) || !!error,
        60_000,
      );
      const events = reader.heard.flatMap(({ type, events }) => (type === 'replay' ? (events as Message[]) : []));
      for (const { id, channel, epoch, offset, private: mine } of events) {
        this.seen.push({
          type: 'stored',
          ...({ id, channel, epoch, offset } as { id: string; channel: string; epoch: string; offset: number }),
          ...(mine === true ? { user: 'carol' } : {}),
        });
      }
      if (typeof last['next'] !== 'string') break;
      question = { cursor: last['next'] };
    }
    await reader.close();
  }

  /** Connects as any client does: one that is refused because something is away yet comes again. */
  async #reader(): Promise<Client> {
    const { publishersUrl } = this.#options;
    for (let more = 50; ; more--) {
      try {
        return await Client.connect(publishersUrl, 'carol');
      } catch (error) {
        if (more === 0 || !String(error).includes('503')) throw error;
        await pause(100);
      }
    }
  }

  /** The connection that a listener has now. */
  connectionOf(user: string): string | undefined {
    return this.#listeners.get(user)?.connection?.connectionId;
  }

  async close(): Promise<void> {
    await Promise.all(this.#libraries.map((library) => library.close()));
  }

  /** How many times a listener has yet to hear an acked broadcast. Gaps are for the checker to judge. */
  #owed(): number {
    const acked = new Set(this.seen.flatMap((each) => (each.type === 'acked' ? [each.id] : [])));
    const sent = this.seen.flatMap((each) => (each.type === 'sent' && acked.has(each.id) ? [each] : []));
    const heard = Map.groupBy(
      this.seen.flatMap((each) => (each.type === 'heard' ? [each] : [])),
      ({ listener }) => listener,
    );
    return this.seen
      .flatMap((each) => (each.type === 'listening' ? [each] : []))
      .reduce((owed, { listener, user, at }) => {
        const ids = new Set(heard.get(listener)?.map(({ id }) => id));
        const missing = sent.filter((each) => each.at > at && (each.to?.includes(user) ?? true) && !ids.has(each.id));
        return owed + missing.length;
      }, 0);
  }

  async #listen(user: string, texts: readonly string[]): Promise<void> {
    const { listenersUrl } = this.#options;
    const library = new Library({ url: listenersUrl, user, clock: this.clock, ...PATIENT });
    this.#libraries.push(library);
    this.#listeners.set(user, library);
    const { seen } = this;
    library.on('gap', ({ channel }) => {
      seen.push({ type: 'gap', at: Date.now(), listener: user, ...(channel === undefined ? {} : { channel }) });
    });
    const subscriptions = texts.map((text) =>
      library.subscribe(text, ({ id, channel, epoch, offset, private: mine }) => {
        const place = { listener: user, channel, id, epoch, offset, private: mine === true };
        seen.push({ type: 'heard', at: Date.now(), ...place });
      }),
    );
    await Promise.all(subscriptions.map(({ ready }) => ready));
    seen.push({ type: 'listening', at: Date.now(), listener: user, user, channels: this.channels });
  }

  async #publish(user: string, random: () => number): Promise<void> {
    const { publishersUrl, run } = this.#options;
    const library = new Library({ url: publishersUrl, user, ...PATIENT });
    this.#libraries.push(library);
    await pause(5);
    for (let sequence = 0; !this.#stopped; sequence++) {
      const channel = this.channels[Math.floor(random() * this.channels.length)] as string;
      const id = `${run}-${user}-${sequence}`;
      const to = random() < 0.125 ? ['carol'] : undefined;
      this.seen.push({ type: 'sent', at: Date.now(), id, channel, publisher: user, sequence, ...(to && { to }) });
      try {
        await library.broadcast(channel, { sequence }, { id, ...(to && { targetUsers: to }) });
        this.seen.push({ type: 'acked', at: Date.now(), id });
      } catch {
        // Refused, or of unknown outcome: it may be heard or not.
      }
      await pause(random() * 20);
    }
  }
}
