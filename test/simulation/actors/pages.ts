import { type AnyChannels, type Clock, connect, RequestError } from '../../../client/src/index.ts';
import { type KeyValueStore, type LastingClient, lasting, WriteError } from '../../../client/src/storage.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { Seen } from '../../faults/checker.ts';
import type { SeededRandom } from '../../seeded-random.ts';
import { LockManager } from '../../unit/client/tabs/lock-manager.ts';
import { Page } from '../../unit/client/tabs/page.ts';
import type { Cuts } from '../judges/cuts.ts';
import { Given } from '../judges/given.ts';
import type { Kept } from '../judges/kept.ts';
import type { Said } from '../judges/said.ts';
import { channelAt } from '../plans/plan.ts';
import { PAGES_USER, USERS } from '../plans/users.ts';
import type { Issuer } from '../service/issuer.ts';
import type { Reader, Sockets } from '../service/sockets.ts';
import type { Stage } from '../stage/environment.ts';
import type { Actor, Deeds } from './actor.ts';

/** What its pages listen to. */
const EVERYTHING = '**';

/** Pages that are there at a time, at the most, in each browser. */
const MOST_PAGES = [1, 2];

/** Milliseconds for which there is no page: for a while at the most, or for longer than ids are remembered. */
const WHILE = 20_000;
const LONG = 420_000;

/** How often a page is told late that it is subscribed, and by how many milliseconds at the most: others hold up the answer. */
const TOLD_LATE = 0.6;
const LATE = 9_000;

/** How often a page is killed that has stored where it stands, and does not know yet that it is subscribed. */
const KILLED_EARLY = 0.7;

/**
 * What a page may be told for good: sessions end, and what was kept long, or by a store that was set back, may be known no more,
 * or by another number.
 */
const FOR_GOOD = /^(SESSION_|INVALID_TOKEN$|SEQUENCE_(USED|UNKNOWN)$)/;

/** How many of the browsers with one page load that anew all the time, and milliseconds for which it is there, and then is not, at the most. */
const RELOADING = 0.6;
const THERE_FOR = 6_000;
const RELOADED = 400;

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
  /** Whether it knows where it stands. */
  isListening: boolean;
}

export interface PagesParts {
  readonly sockets: Sockets;
  readonly issuer: Issuer | undefined;
  readonly seen: Seen[];
  readonly cuts: Cuts;
  readonly kept: Kept;
}

/**
 * A browser whose pages have the library with `/storage`: they come and go, are killed and stand still, and the store, which
 * they share, outlives them. Sometimes it is set back.
 */
export class Pages implements Actor {
  readonly #stage: Stage;
  readonly #parts: PagesParts;
  readonly #clock: Clock;
  readonly #locks: LockManager;
  readonly #most: number;
  /** What it draws of pages that are killed in their beginning. */
  readonly #early: SeededRandom;
  readonly #isReloading: boolean;
  /** The same of answers that come late. */
  readonly #answers: SeededRandom;
  readonly #values = new Map<string, string>();
  readonly #writes = new Map<string, Write>();
  readonly #pages: Opened[] = [];
  /** What was in the store as a page ended, some time ago. */
  #copy: { readonly values: ReadonlyMap<string, string>; readonly since: number } | undefined;
  #opened = 0;
  /** Times that the store was set back. */
  #lives = 1;
  /** When the last call to the store takes effect that is on its way, milliseconds since 1970. */
  #next = 0;
  /** What some page of it has heard, and the channels of which one was told that something was cut. */
  readonly #heard = new Set<string>();
  readonly #lacking = new Set<string>();
  /** What one was told of that was not kept, or cannot be had. */
  readonly #given = new Given();
  /** When the store first had where a page stood: milliseconds since 1970. */
  #since = Number.POSITIVE_INFINITY;
  #isClosed = false;
  #isMended = false;
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
    this.#most = fate.at('browser').pick(MOST_PAGES);
    this.#early = fate.at('pages end early');
    this.#isReloading = this.#early.chance(RELOADING) && this.#most === 1;
    this.#answers = fate.at('pages are answered late');
    this.#locks = new LockManager(this.#clock, fate.at('locks'));
    this.#open();
  }

  readonly deeds: Deeds = {
    'write on a page': ({ who, where, much }) => {
      for (let n = 0; n < 1 + Math.floor(much * 4); n++) this.#writeOn(who, channelAt(where));
    },
    'write on a page privately': ({ who, where }) => this.#writeOn(who, channelAt(where), USERS),
    'open a page': () => this.#open(),
    'kill a page': ({ who, much }) => this.#end(who, much),
    'freeze a page': ({ who, much }) => this.#freeze(who, much),
    'cut off a page': ({ who, much }) => this.#cut(who, much < 0.3),
  };

  /** Whether each of its writes that is in the store was answered for good. */
  get isAtRest(): boolean {
    const isConnected = this.#pages.length > 0 && this.#pages.every(({ client }) => client.state === 'connected');
    return this.#isLeaving || (isConnected && this.#isEmpty);
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
  #open(): void {
    if (this.#isClosed || this.#isLeaving || this.#pages.length >= this.#most) return;
    const { sockets, issuer } = this.#parts;
    const name = `page-${++this.#opened}`;
    const page = new Page(this.#clock);
    const reader: Reader = {
      name,
      unread: 0,
      reads: (take) => take(),
      late: (type) => this.#late(type),
      wanted: () => new Set([EVERYTHING]),
    };
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
    const opened: Opened = { page, client, reader, isGreeted: false, isListening: false };
    client.on('connection', () => {
      opened.isGreeted = true;
    });
    client.on('state', () => this.#noteUndated());
    client.on('error', (error) => {
      this.#stage.story.tell(name, `${error}`, true);
      if (error instanceof RequestError && !error.temporary && !FOR_GOOD.test(error.code))
        this.#accuse(`${name} is told ${error}`);
    });
    client.on('gap', (gap) => {
      this.#stage.story.tell(name, `is told of a gap of ${gap.channel}`);
      const { kept, cuts } = this.#parts;
      const isOpen = gap.reason === 'undelivered' && gap.to === undefined;
      if (isOpen && gap.channel !== undefined) this.#given.loses(gap.channel, gap.private);
      const isBack = gap.reason === 'epoch-lost' && this.#given.hasGivenUp(gap.channel);
      if (isBack || kept.explains(PAGES_USER, gap, sockets.latestOf(reader)))
        this.#given.up(gap.channel, this.#stage.time.now(), gap.reason === 'undelivered');
      else if (gap.channel !== undefined && cuts.explains(PAGES_USER, gap)) this.#lacking.add(gap.channel);
      else this.#stage.problems.push(`gap: ${name} is told of one of ${gap.channel} (${gap.reason})`);
    });
    const { ready } = client.subscribe(EVERYTHING, ({ data, channel, offset, private: mine }) => {
      const { id } = data as Said;
      const isRefused = this.#parts.kept.isRefused(sockets.latestOf(reader));
      if (this.#given.begins(channel, mine === true, offset, isRefused))
        this.#given.up(channel, this.#stage.time.now());
      this.#stage.story.tell(name, `hears ${id} on ${channel} at ${offset}`, true);
      this.#heard.add(id);
    });
    const listen = (): void => {
      opened.isListening = true;
    };
    ready.then(listen, () => undefined);
    this.#pages.push(opened);
    if (!this.#isReloading) return;
    const absence = this.#early.below(RELOADED);
    this.#stage.time.after(1_000 + this.#early.below(THERE_FOR), () => {
      if (this.#goesOn && this.#pages.includes(opened)) this.#endAll(absence, false);
    });
  }

  /** Whether the next page goes on where one was, and things go wrong. */
  get #goesOn(): boolean {
    return Number.isFinite(this.#since) && !this.#isMended;
  }

  #late(type: string): number {
    if (type !== 'subscribe' || !this.#goesOn) return 0;
    const [isLate, late] = [this.#answers.chance(TOLD_LATE), this.#answers.below(LATE)];
    return isLate ? late : 0;
  }

  /** Something is written on a page. @param to - the users who alone may hear it. */
  #writeOn(which: number, channel: string, to?: readonly string[]): void {
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
    // Nobody knows what became of what has a number that another had, or whose time is not known.
    const mayBe = this.#lives > 1 || this.#writes.get(id)?.isUndated === true;
    const isUnknown = error instanceof WriteError && error.advice === 'look';
    if (!(isUnknown && mayBe)) this.#accuse(`${name} is told of ${id}: ${error}`);
  }

  /** A page is killed, or all are, and there is another later. @param much - from 0 to 1. */
  #end(which: number, much: number): void {
    if (this.#isClosed || this.#isLeaving || this.#pages.length === 0) return;
    if (much < 0.4) {
      this.#kill(this.#pages[which % this.#pages.length] as Opened);
      if (this.#pages.length > 0) return;
    }
    this.#endAll(much < 0.5 ? LONG : Math.floor(much * WHILE), which % 5 === 0);
  }

  /** @param duration - milliseconds for which there is no page. */
  #endAll(duration: number, isSetBack: boolean): void {
    for (const opened of [...this.#pages]) this.#kill(opened);
    this.#isClosed = true;
    this.#stage.time.after(duration, () => {
      this.#isClosed = false;
      if (isSetBack) this.#setBack();
      this.#open();
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
    this.#copy ??= { values: new Map(this.#values), since: this.#since };
  }

  /** The store is as it was once. */
  #setBack(): void {
    if (this.#copy === undefined) return;
    this.#stage.story.tell('the store', 'is set back');
    this.#lives++;
    this.#values.clear();
    for (const [key, value] of this.#copy.values) this.#values.set(key, value);
    this.#since = this.#copy.since;
    const stored = new Set(this.#stored);
    for (const write of this.#writes.values()) write.isLost = !stored.has(write.id);
    this.#copy = undefined;
  }

  /** A page stands still, for a while. @param much - from 0 to 1. */
  #freeze(which: number, much: number): void {
    const opened = this.#pages[which % Math.max(1, this.#pages.length)];
    if (opened === undefined || opened.page.isFrozen) return;
    this.#stage.story.tell(opened.reader.name, 'stands still');
    opened.page.freeze();
    this.#stage.time.after(Math.floor(much * FREEZE), () => opened.page.thaw());
  }

  /** The connection of a page breaks. */
  #cut(which: number, isSilent: boolean): void {
    const opened = this.#pages[which % Math.max(1, this.#pages.length)];
    if (opened !== undefined) this.#parts.sockets.cut(opened.reader, isSilent);
  }

  /** Whatever pages have left the next one sends. */
  mend(): void {
    this.#isMended = true;
    for (const opened of [...this.#pages]) this.#kill(opened);
    this.#stage.time.after(PAUSE, () => this.#open());
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    await Promise.all(this.#pages.map(({ client }) => client.close()));
  }

  /**
   * What no page of it has heard, though it was appended after it was first known where they are. Of several at once the next one
   * goes on where the one was that stored it last.
   */
  unheard(store: MemoryStore, channels: readonly string[]): readonly string[] {
    if (this.#most > 1) return [];
    return channels.flatMap((channel) => {
      if (this.#lacking.has(channel)) return [];
      return (store.events.get(channel) ?? []).flatMap(({ data, timestamp, offset }) => {
        const { id } = JSON.parse(data) as Said;
        const isOwed = timestamp > this.#since && !this.#heard.has(id) && !this.#given.has(channel, timestamp);
        return isOwed ? [`not heard on any page: ${id} on ${channel} at ${offset}`] : [];
      });
    });
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
      set: (key, value) => {
        const opened = key.includes('] positions ') ? this.#pages.find((each) => each.page === page) : undefined;
        const isListening = opened?.isListening === true;
        const [isEarly, absence] = [this.#early.chance(KILLED_EARLY), this.#early.below(RELOADED)];
        return call(() => {
          this.#values.set(key, value);
          if (opened === undefined) return;
          if (isListening) this.#since = Math.min(this.#since, time.now());
          // What waits for it to be subscribed was heard by nobody.
          else if (isEarly && this.#goesOn && this.#pages.includes(opened)) this.#endAll(absence, false);
        });
      },
      delete: (key) => call(() => void this.#values.delete(key)),
      entries: (prefix) => call(() => [...this.#values].filter(([key]) => key.startsWith(prefix))),
    };
  }
}
