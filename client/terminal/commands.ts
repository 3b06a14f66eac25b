import { randomUUID } from 'node:crypto';
import { expressions } from '../src/expressions.ts';
import {
  type Client,
  type ConnectOptions,
  connect,
  type Event,
  type HowHeard,
  type Subscription,
  SubscriptionError,
  systemClock,
} from '../src/index.ts';
import { matcherOf } from '../src/match/matcher.ts';
import { summaryOf } from './figures.ts';
import type { Screen } from './screen.ts';
import { stress } from './stress.ts';
import { countOf, dataOf, timeOf, UsageError, wordsOf } from './words.ts';

interface Command {
  readonly usage: string;
  readonly help: string;
  /** @param rest - the line behind the name. */
  run(session: Session, words: readonly string[], rest: string): Promise<void> | void;
}

const textOf = ({ channel, offset, userId, priority, data, private: mine }: Event, how: HowHeard): string => {
  const about = [how === 'live' ? '' : how, mine ? 'private' : '', userId ?? '', priority === 'normal' ? '' : priority];
  const notes = about.filter((each) => each !== '').join(', ');
  return `< ${channel} #${offset} ${JSON.stringify(data)}${notes === '' ? '' : ` (${notes})`}`;
};

const COMMANDS: Readonly<Record<string, Command>> = {
  connect: {
    usage: 'connect',
    help: 'Connect to the server',
    run: (session) => session.connect(),
  },
  sub: {
    usage: 'sub CHANNEL-OR-PATTERN ...',
    help: 'Subscribe to channels and patterns',
    run: (session, words) => session.subscribe(words),
  },
  unsub: {
    usage: 'unsub CHANNEL-OR-PATTERN ...',
    help: 'End subscriptions; all of them where none is named',
    run: (session, words) => session.unsubscribe(words),
  },
  broadcast: {
    usage: 'broadcast CHANNEL DATA',
    help: 'Send a broadcast message; DATA is JSON or a text',
    run: async (session, [channel], rest) => {
      const data = rest.replace(/^\S+\s*/, '');
      if (channel === undefined || data === '') throw new UsageError('broadcast CHANNEL DATA');
      const id = await session.broadcast(channel, dataOf(data));
      session.screen.line(`acknowledged ${id}`);
    },
  },
  stress: {
    usage: 'stress N MS',
    help: 'Send N messages with a delay of MS milliseconds',
    run: async (session, [count, delay = '0']) => {
      const [n, ms] = [countOf(count, 'N', 1, 1_000_000), countOf(delay, 'MS', 0, 60_000)];
      const missing = await stress(session.client, session.screen, n, ms);
      if (missing > 0) throw new Error(`${missing} of ${n} messages were not heard`);
    },
  },
  metrics: {
    usage: 'metrics',
    help: 'Show what this client has counted',
    run: ({ screen, client, delays }) => {
      for (const [name, value] of Object.entries(client.counts)) screen.line(`  ${name.padEnd(16)} ${value}`);
      screen.line(`  ${'publish to hear'.padEnd(16)} ${summaryOf(delays)} (by the clocks of server and client)`);
    },
  },
  status: {
    usage: 'status',
    help: 'Show the connection and the status of the server',
    run: (session) => session.status(),
  },
  replay: {
    usage: 'replay [SINCE] [LIMIT]',
    help: 'Show what was missed; SINCE is 30s, 5m, 2h, 7d (default 5m) or ms since 1970',
    run: async ({ client, screen }, [since = '5m', limit]) => {
      const most = limit === undefined ? {} : { limit: countOf(limit, 'LIMIT', 1, 1_000_000) };
      const answer = await client.replay({ since: timeOf(since, Date.now()), ...most });
      for (const event of answer.events) screen.line(textOf(event, 'replay'));
      const { recovered, truncated } = answer;
      screen.line(`${answer.events.length} events; complete: ${recovered}; there are more: ${truncated}`);
    },
  },
  compression: {
    usage: 'compression on|off [LEVEL]',
    help: 'Switch the compression of large frames',
    run: async ({ client, screen }, [state, level]) => {
      if (state !== 'on' && state !== 'off') throw new UsageError('compression on|off [LEVEL]');
      const depth = level === undefined ? {} : { level: countOf(level, 'LEVEL', 1, 9) };
      screen.line(JSON.stringify(await client.compression({ enable: state === 'on', ...depth })));
    },
  },
  help: {
    usage: 'help',
    help: 'Show all commands',
    run: ({ screen }) => {
      for (const { usage, help } of Object.values(COMMANDS)) screen.line(`  ${usage.padEnd(30)} ${help}`);
    },
  },
  quit: { usage: 'quit', help: 'Close the connection and leave', run: (session) => session.quit() },
};

export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/** One user's dealings with one server. */
export class Session {
  readonly screen: Screen;
  /** Milliseconds from append to hearing, of the last events. */
  readonly delays: number[] = [];
  readonly #options: ConnectOptions;
  readonly #statusUrl: string | undefined;
  readonly #subscriptions = new Map<string, Subscription>();
  /** Those that were ready. */
  readonly #subscribed = new WeakSet<Subscription>();
  /** Ids of its own broadcasts that it is to hear. */
  readonly #awaited = new Set<string>();
  /** Errors that are on the screen already: who waits for something is given what the client told of it. */
  readonly #shown = new WeakSet<Error>();
  #client: Client | undefined;
  /** When something was last heard, ms since 1970. */
  heardAt = 0;
  hasQuit = false;

  /** @param statusUrl - where `GET` answers with the server's status, where that is known. */
  constructor(options: ConnectOptions, statusUrl: string | undefined, screen: Screen) {
    this.#options = options;
    this.#statusUrl = statusUrl;
    this.screen = screen;
  }

  get client(): Client {
    if (this.#client === undefined) throw new UsageError('Not connected: type connect');
    return this.#client;
  }

  /** Channels and patterns that are subscribed to. */
  get texts(): readonly string[] {
    return [...this.#subscriptions.keys()];
  }

  async connect(): Promise<void> {
    if (this.#client !== undefined && this.#client.state !== 'closed') {
      this.screen.line(`${this.#client.state} already`);
      return;
    }
    const client = connect({ ...this.#options, expressions });
    this.#client = client;
    client.on('connection', ({ connectionId, userId }) => this.screen.line(`connected as ${userId} (${connectionId})`));
    client.on('error', (error) => {
      if (error instanceof SubscriptionError) {
        // The command that asked for it says so.
        if (!this.#subscribed.delete(error.subscription)) return;
        this.#subscriptions.delete(error.subscription.text);
      }
      this.#shown.add(error);
      this.screen.line(`! ${(error as Error).message}`);
    });
    client.on('gap', (gap) => this.screen.line(`! events are missing: ${JSON.stringify(gap)}`));
    client.on('state', (state) => {
      if (state !== 'connecting') this.screen.line(`* ${state}`);
    });
    await client.connected();
  }

  async subscribe(texts: readonly string[]): Promise<void> {
    if (texts.length === 0) throw new UsageError('sub CHANNEL-OR-PATTERN ...');
    for (const text of texts) {
      if (this.#subscriptions.has(text)) continue;
      const subscription = this.client.subscribe(text, (event, how) => this.#hear(event, how));
      this.#subscriptions.set(text, subscription);
      try {
        await subscription.ready;
        this.#subscribed.add(subscription);
      } catch (error) {
        this.#subscriptions.delete(text);
        throw error;
      }
      this.screen.line(`subscribed ${text}`);
    }
  }

  unsubscribe(texts: readonly string[]): void {
    for (const text of texts.length > 0 ? texts : this.texts) {
      const subscription = this.#subscriptions.get(text);
      if (subscription === undefined) throw new UsageError(`Not subscribed to ${text}`);
      subscription.unsubscribe();
      this.#subscriptions.delete(text);
      this.screen.line(`unsubscribed ${text}`);
    }
  }

  /** @returns its id, once it is acknowledged. */
  async broadcast(channel: string, data: unknown): Promise<string> {
    const id = randomUUID();
    // The event may come before the acknowledgement.
    if (this.texts.some((text) => matcherOf(text, expressions)(channel))) this.#awaited.add(id);
    try {
      await this.client.broadcast(channel, data, { id });
      return id;
    } catch (error) {
      this.#awaited.delete(id);
      throw error;
    }
  }

  /** Whether the event of a broadcast of its own, to what it listens to, has not come yet. */
  get awaits(): boolean {
    return this.#awaited.size > 0;
  }

  async status(): Promise<void> {
    const { state, connection } = this.client;
    this.screen.line(`${state}; subscribed to ${this.texts.join(' ') || 'nothing'}`);
    if (connection !== undefined) this.screen.line(JSON.stringify({ ...connection.server, limits: connection.limits }));
    if (this.#statusUrl === undefined) {
      this.screen.line('Start with --http URL, the address of the HTTP endpoints, for the status of the server');
      return;
    }
    const response = await fetch(this.#statusUrl, { signal: AbortSignal.timeout(5_000) }).catch((error: unknown) => {
      throw new Error(`${this.#statusUrl} does not answer: ${(error as Error).message}`);
    });
    this.screen.line(`${this.#statusUrl} ${response.status}`);
    this.screen.line((await response.text()).slice(0, 4_000));
  }

  async quit(): Promise<void> {
    this.hasQuit = true;
    await this.#client?.close();
  }

  /**
   * Does what a line says.
   *
   * @returns whether it succeeded; what failed is on the screen.
   */
  async execute(line: string): Promise<boolean> {
    try {
      const [name, ...words] = wordsOf(line);
      if (name === undefined) return true;
      const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
      if (command === undefined) throw new UsageError(`No such command: ${name}. Type help`);
      await command.run(this, words, line.trim().slice(name.length).trim());
      return true;
    } catch (error) {
      if (!this.#shown.has(error as Error)) this.screen.line(`! ${(error as Error).message}`);
      return false;
    }
  }

  #hear(event: Event, how: HowHeard): void {
    this.heardAt = (this.#options.clock ?? systemClock).now();
    this.#awaited.delete(event.id);
    if (this.delays.push(this.heardAt - event.timestamp) > 10_000) this.delays.shift();
    this.screen.line(textOf(event, how));
  }
}
