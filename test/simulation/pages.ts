import { type AnyChannels, type Clock, connect } from '../../client/src/index.ts';
import { type KeyValueStore, type LastingClient, lasting, WriteError } from '../../client/src/storage.ts';
import type { Seen } from '../faults/checker.ts';
import { LockManager } from '../unit/client/tabs/lock-manager.ts';
import { Page } from '../unit/client/tabs/page.ts';
import type { Stage } from './environment.ts';
import type { Issuer } from './issuer.ts';
import type { Reader, Sockets } from './sockets.ts';

/** Whose pages these are. No limit is drawn for this user. */
export const PAGES_USER = 'gina';

/** Pages that are there at a time, at the most. */
const MOST_PAGES = 2;

/** Milliseconds for which there is no page: for a while at the most, or for longer than ids are remembered. */
const WHILE = 20_000;
const LONG = 420_000;

/** Milliseconds between the last page and another, in the end. */
const PAUSE = 1_000;

/** Milliseconds for which a page stands still, at the most. */
const FREEZE = 30_000;

/** Milliseconds after which a call to the store takes effect, and after which its answer is there, at the most. */
const THERE = 4;
const BACK = 3;

interface Write {
  readonly id: string;
  outcome: 'none' | 'acked' | 'told';
  /** Whether its page ended before it was stored. */
  isLost: boolean;
  /** Whether it may have been sent by a page that nobody had told the service’s time: then it is not known when it was first sent. */
  isUndated: boolean;
}

interface Opened {
  readonly page: Page;
  readonly client: LastingClient<AnyChannels>;
  readonly reader: Reader;
  /** Whether it was ever greeted, which says what the service’s time is. */
  isGreeted: boolean;
}

export interface PagesParts {
  readonly sockets: Sockets;
  readonly issuer: Issuer | undefined;
  readonly seen: Seen[];
  /** Whether what was published long ago may be taken for older than it is: the clock of Redis was set. */
  readonly isRedisWrong: boolean;
}

/**
 * A browser whose pages have the library with `/storage`: they come and go, are killed and stand still, and the store, which
 * they share, outlives them. Sometimes it is set back.
 */
export class Pages {
  readonly #stage: Stage;
  readonly #parts: PagesParts;
  readonly #clock: Clock;
  readonly #locks: LockManager;
  readonly #values = new Map<string, string>();
  readonly #writes = new Map<string, Write>();
  readonly #pages: Opened[] = [];
  /** What was in the store as a page ended, some time ago. */
  #copy: ReadonlyMap<string, string> | undefined;
  #opened = 0;
  /** Times that the store was set back. */
  #lives = 1;
  /** When the last call to the store takes effect that is on its way, milliseconds since 1970. */
  #next = 0;
  #isClosed = false;
  #isLeaving = false;

  constructor(stage: Stage, parts: PagesParts) {
    this.#stage = stage;
    this.#parts = parts;
    const { time, fate } = stage;
    this.#clock = {
      now: () => time.now(),
      random: fate.at('pages draw').next,
      after: (duration, task) => time.after(duration, task),
    };
    this.#locks = new LockManager(this.#clock, fate.at('locks'));
    this.open();
  }

  /** Whether each of its writes that is in the store was answered for good. */
  get isAtRest(): boolean {
    return this.#isLeaving || (this.#pages.length > 0 && this.#isEmpty);
  }

  get #isEmpty(): boolean {
    const isOpen = [...this.#writes.values()].some(({ outcome, isLost }) => outcome === 'none' && !isLost);
    return !isOpen && this.#stored.length === 0;
  }

  /** Ids of the writes in the store. */
  get #stored(): readonly string[] {
    return [...this.#values].flatMap(([key, text]) => {
      return key.includes('] write ') ? [(JSON.parse(text) as [number, { id: string }])[1].id] : [];
    });
  }

  /** Opens a page more, unless there are enough. */
  open(): void {
    if (this.#isClosed || this.#isLeaving || this.#pages.length >= MOST_PAGES) return;
    const { sockets, issuer } = this.#parts;
    const name = `page-${++this.#opened}`;
    const page = new Page(this.#clock);
    const reader: Reader = { name, unread: 0, reads: (take) => take(), wanted: () => new Set() };
    const token = issuer === undefined ? {} : { token: () => issuer.tokenOf(PAGES_USER) };
    this.#stage.story.tell(name, 'is opened');
    const client = lasting(
      connect,
      {
        ...{ url: 'ws://gateway', user: PAGES_USER, clock: page.clock, ...token },
        webSocket: page.socketsOf(sockets.socketsOf(reader)),
        requestTimeout: 10_000,
        backoff: { first: 200, most: 5_000 },
      },
      {
        store: this.#storeOf(page),
        locks: this.#locks.of(page),
        onSent: ({ id }) => this.#settle(name, id, 'acked'),
        onError: (error) => {
          if (error instanceof WriteError) this.#giveUp(name, error.write.id, error);
          else this.#accuse(`${name} is told ${error}`);
        },
      },
    );
    const opened: Opened = { page, client, reader, isGreeted: false };
    client.on('connection', () => {
      opened.isGreeted = true;
    });
    client.on('state', (state) => {
      this.#stage.story.tell(name, `is ${state}`);
      this.#noteUndated();
    });
    client.on('error', (error) => this.#stage.story.tell(name, `${error}`, true));
    this.#pages.push(opened);
  }

  /** Something is written on a page. @param to - the users who alone may hear it. */
  write(which: number, channel: string, to?: readonly string[]): void {
    const opened = this.#pages[which % Math.max(1, this.#pages.length)];
    opened?.page.run(() => this.#write(opened, channel, to));
  }

  #write({ client, page, reader: { name } }: Opened, channel: string, to: readonly string[] | undefined): void {
    const { time, story } = this.#stage;
    const sequence = this.#writes.size + 1;
    const id = `${PAGES_USER}-${sequence}`;
    const write: Write = { id, outcome: 'none', isLost: false, isUndated: false };
    this.#writes.set(id, write);
    this.#noteUndated();
    story.tell(name, `writes ${id} to ${channel}`);
    // Of a store that was set back, what has a number that was used comes behind what was written later.
    const publisher = this.#lives === 1 ? name : id;
    const about = { id, channel, publisher, sequence, ...(to === undefined ? {} : { to }) };
    this.#parts.seen.push({ type: 'sent', at: time.now(), ...about });
    client.broadcast(channel, { id }, { id, ...(to === undefined ? {} : { targetUsers: to }) }).then(
      () => this.#settle(name, id, 'acked'),
      (error) => {
        if (page.isDead || client.state === 'closed') return;
        this.#giveUp(name, id, error);
      },
    );
  }

  /** A greeting may be lost, and what is sent then is not dated. */
  #noteUndated(): void {
    const isUndated = this.#pages.some(({ client, isGreeted }) => client.state === 'connected' && !isGreeted);
    if (isUndated) for (const write of this.#writes.values()) if (write.outcome === 'none') write.isUndated = true;
  }

  #settle(name: string, id: string, outcome: 'acked' | 'told'): void {
    const { time, story } = this.#stage;
    story.tell(name, `is told that ${id} is ${outcome === 'acked' ? 'taken' : 'given up'}`);
    const write = this.#writes.get(id);
    if (write === undefined) this.#accuse(`${name} is told of ${id}, which nobody wrote`);
    else write.outcome = outcome;
    if (outcome === 'acked') this.#parts.seen.push({ type: 'acked', at: time.now(), id });
  }

  #giveUp(name: string, id: string, error: unknown): void {
    this.#stage.story.tell(name, `is told of ${id}: ${error}`);
    this.#settle(name, id, 'told');
    // Nobody knows what became of what has a number that another had, or whose time is wrong or not known.
    const { isRedisWrong } = this.#parts;
    const mayBe = this.#lives > 1 || isRedisWrong || this.#writes.get(id)?.isUndated === true;
    const isUnknown = error instanceof WriteError && error.advice === 'look';
    if (!(isUnknown && mayBe)) this.#accuse(`${name} is told of ${id}: ${error}`);
  }

  /** A page is killed, or all are, and there is another later. @param much - from 0 to 1. */
  end(which: number, much: number): void {
    if (this.#isClosed || this.#isLeaving || this.#pages.length === 0) return;
    if (much < 0.4) {
      this.#kill(this.#pages[which % this.#pages.length] as Opened);
      if (this.#pages.length > 0) return;
    }
    for (const opened of [...this.#pages]) this.#kill(opened);
    const isLong = much < 0.5;
    this.#isClosed = true;
    this.#stage.time.after(isLong ? LONG : Math.floor(much * WHILE), () => {
      this.#isClosed = false;
      if (which % 5 === 0) this.#setBack();
      this.open();
    });
  }

  #kill(opened: Opened): void {
    this.#stage.story.tell(opened.reader.name, 'is killed');
    opened.page.kill();
    this.#pages.splice(this.#pages.indexOf(opened), 1);
    // What it asked of the store is done by then, or never.
    this.#stage.time.after(THERE + 1, () => this.#lookBack());
  }

  /** What no page has, and the store neither, is lost. */
  #lookBack(): void {
    if (this.#pages.length > 0) return;
    const stored = new Set(this.#stored);
    for (const write of this.#writes.values()) if (!stored.has(write.id)) write.isLost = true;
    this.#copy ??= new Map(this.#values);
  }

  /** The store is as it was once. */
  #setBack(): void {
    if (this.#copy === undefined) return;
    this.#stage.story.tell('the store', 'is set back');
    this.#lives++;
    this.#values.clear();
    for (const [key, value] of this.#copy) this.#values.set(key, value);
    const stored = new Set(this.#stored);
    for (const write of this.#writes.values()) write.isLost = !stored.has(write.id);
    this.#copy = undefined;
  }

  /** A page stands still, for a while. @param much - from 0 to 1. */
  freeze(which: number, much: number): void {
    const opened = this.#pages[which % Math.max(1, this.#pages.length)];
    if (opened === undefined || opened.page.isFrozen) return;
    this.#stage.story.tell(opened.reader.name, 'stands still');
    opened.page.freeze();
    this.#stage.time.after(Math.floor(much * FREEZE), () => opened.page.thaw());
  }

  /** The connection of a page breaks. */
  cut(which: number, isSilent: boolean): void {
    const opened = this.#pages[which % Math.max(1, this.#pages.length)];
    if (opened !== undefined) this.#parts.sockets.cut(opened.reader, isSilent);
  }

  /** Whatever pages have left the next one sends. */
  mend(): void {
    for (const opened of [...this.#pages]) this.#kill(opened);
    this.#stage.time.after(PAUSE, () => this.open());
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    await Promise.all(this.#pages.map(({ client }) => client.close()));
  }

  #accuse(what: string): void {
    this.#stage.problems.push(`pages: ${what}`);
  }

  /** The store as a page has it: a call takes effect a while later, or never if its page is killed before. */
  #storeOf(page: Page): KeyValueStore {
    const { time, fate } = this.#stage;
    const random = fate.at('the store');
    const call = <Result>(work: () => Result): Promise<Result> =>
      new Promise((resolve) => {
        if (page.isDead) return;
        this.#next = Math.max(this.#next, time.now() + random.below(THERE));
        const isDoneBehind = random.chance(0.5);
        time.after(this.#next - time.now(), () => {
          if (page.isDead && !isDoneBehind) return;
          const result = work();
          time.after(random.below(BACK), () => page.run(() => resolve(result)));
        });
      });
    return {
      get: (key) => call(() => this.#values.get(key)),
      set: (key, value) => call(() => void this.#values.set(key, value)),
      delete: (key) => call(() => void this.#values.delete(key)),
      entries: (prefix) => call(() => [...this.#values].filter(([key]) => key.startsWith(prefix))),
    };
  }
}
