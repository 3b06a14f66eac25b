import { setTimeout as pause } from 'node:timers/promises';
import { connect, type Client as Library } from '../../client/src/index.ts';
import { Client } from '../e2e/client.ts';
import { type Listener, Windows } from './windows.ts';

const CHANNELS = 16;
const GROUPS = 4;
const PUBLISHERS = 4;
const MOST_COMPLAINTS = 2_000;
/** Broadcasts of one publisher under way at most. */
const MOST_UNDER_WAY = 500;
/** Milliseconds between two looks at how many broadcasts are due. */
const TICK = 20;
/** Milliseconds a listener’s connection takes to be made, and any answer. */
const PATIENT = { backoff: { first: 100, most: 2_000 }, requestTimeout: 20_000, maxOutbox: 10_000 };
/** Events of one answer of the history, and events that it keeps of a channel. */
export const HISTORY_PAGE = 3_000;
/** One event of so many is for carol alone. */
const PRIVATE = 16;

export interface Pace {
  /** Broadcasts a second, of all publishers together; Infinity for as many as are acked. */
  readonly rate: number;
  /** One event of so many is for carol alone; 16 unless told. */
  readonly privately?: number;
}

/** Who listens and who publishes, for as long as it takes; all they do and see goes to `windows`. */
export class Load {
  readonly channels = Array.from({ length: CHANNELS }, (_, n) => `soak:${n % GROUPS}.${n}`);
  readonly windows: Windows;
  readonly listeners: readonly { readonly listener: Listener; readonly library: Library }[];
  readonly #publishers: readonly Library[];
  #sequence = 0;
  #underWay = 0;
  /** Broadcasts that were refused, and not tried again by the library. */
  refused = 0;
  /** What listeners’ libraries complained of and went on from: the latest. */
  readonly complaints: string[] = [];

  /** @param url - of the gateway. */
  constructor(url: string) {
    const all = (name: string): Listener => ({ name, user: name, channels: this.channels });
    const group = (n: number): Listener => ({
      name: `group-${n}`,
      user: `group-${n}`,
      channels: this.channels.filter((_, channel) => channel % GROUPS === n % GROUPS),
    });
    const listeners = [all('alice'), all('carol'), ...Array.from({ length: GROUPS }, (_, n) => group(n))];
    this.windows = new Windows(listeners);
    this.listeners = listeners.map((listener) => ({
      listener,
      library: connect({ url, user: listener.user, ...PATIENT }),
    }));
    this.#publishers = Array.from({ length: PUBLISHERS }, () => connect({ url, user: 'bob', ...PATIENT }));
  }

  async start(): Promise<void> {
    await Promise.all(this.listeners.map((each) => this.#listen(each)));
  }

  async #listen({ listener, library }: Load['listeners'][number]): Promise<void> {
    const { name, channels } = listener;
    library.on('error', (error) => {
      this.complaints.push(`${new Date().toISOString()} ${name}: ${error instanceof Error ? error.message : error}`);
      if (this.complaints.length > MOST_COMPLAINTS) this.complaints.shift();
    });
    library.on('gap', ({ channel }) => this.windows.gap(name, channel));
    const pattern = channels.length === this.channels.length ? 'soak:**' : `soak:${name.slice(-1)}.*`;
    await library.subscribe(pattern, ({ id, channel, epoch, offset, private: mine }) => {
      const place = { listener: name, channel, id, epoch, offset, private: mine === true };
      this.windows.heard({ at: Date.now(), ...place });
    }).ready;
  }

  /** Publishes for one window, and returns once all of it has been answered. */
  async publish(milliseconds: number, { rate, privately = PRIVATE }: Pace): Promise<void> {
    const begun = Date.now();
    this.windows.begin(begun);
    let made = 0;
    while (Date.now() - begun < milliseconds) {
      const due = Math.floor((rate * (Date.now() - begun)) / 1_000);
      while (made < due && this.#underWay < MOST_UNDER_WAY * PUBLISHERS) {
        made++;
        this.#broadcast(privately);
      }
      await pause(rate === Number.POSITIVE_INFINITY ? 1 : TICK);
    }
    while (this.#underWay > 0) await pause(5);
  }

  #broadcast(privately: number): void {
    const { windows } = this;
    const sequence = this.#sequence++;
    const publisher = sequence % PUBLISHERS;
    const channel = this.channels[Math.floor(Math.random() * CHANNELS)] as string;
    const id = windows.idOf(`bob${publisher}`, sequence);
    const to = sequence % privately === 0 ? ['carol'] : undefined;
    windows.sent({ at: Date.now(), id, channel, publisher: `bob${publisher}`, sequence, ...(to && { to }) });
    this.#underWay++;
    (this.#publishers[publisher] as Library)
      .broadcast(channel, { sequence, text: 'x'.repeat(100) }, { id, ...(to && { targetUsers: to }) })
      .then(
        () => windows.acked(Date.now(), id, channel, to),
        () => void this.refused++,
      )
      .finally(() => void this.#underWay--);
  }

  async close(): Promise<void> {
    await Promise.all([...this.listeners.map(({ library }) => library), ...this.#publishers].map((one) => one.close()));
  }
}

type Stored = Parameters<Windows['judge']>[1];

/** Reads what the history holds of a window, past the library. */
export const readHistory = async (url: string, windows: Windows, window: number): Promise<Stored> => {
  const reader = await Client.connect(url, 'carol');
  const stored: Stored[number][] = [];
  try {
    await reader.request({ type: 'subscribe', patterns: ['soak:**'] });
    let question: Record<string, unknown> = { since: windows.beganAt(window), limit: HISTORY_PAGE };
    for (;;) {
      reader.heard.length = 0;
      reader.send({ type: 'replay', requestId: 'history', ...question });
      const last = await reader.find(
        ({ type, final }) => type === 'error' || (type === 'replay' && final === true),
        60_000,
      );
      if (last.type === 'error') throw new Error(`The history cannot be read: ${JSON.stringify(last)}`);
      for (const { type, events } of reader.heard) {
        if (type !== 'replay') continue;
        for (const event of events as {
          id: string;
          channel: string;
          epoch: string;
          offset: number;
          private?: true;
        }[]) {
          const { id, channel, epoch, offset } = event;
          if (!windows.isOf(window, id)) continue;
          stored.push({ type: 'stored', id, channel, epoch, offset, ...(event.private && { user: 'carol' }) });
        }
      }
      if (typeof last['next'] !== 'string') return stored;
      question = { cursor: last['next'], limit: HISTORY_PAGE };
    }
  } finally {
    reader.socket.terminate();
  }
};
