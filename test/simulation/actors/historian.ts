import type { ModelSocket } from '../../../client/testing/socket.ts';
import { digestOf } from '../../../lib/protocol/digest.ts';
import { ERRORS } from '../../../lib/protocol/errors.ts';
import type { EventMessage } from '../../../lib/protocol/messages/event.ts';
import type { RequestWriting, ServerMessage } from '../../../lib/protocol/messages/table.ts';
import type { Position, Positions } from '../../../lib/protocol/position.ts';
import type { Seen } from '../../faults/checker.ts';
import { matches } from '../../unit/match/oracle.ts';
import type { Cuts } from '../judges/cuts.ts';
import type { Kept } from '../judges/kept.ts';
import { Lost } from '../judges/lost.ts';
import type { Said } from '../judges/said.ts';
import { CHANNELS, channelAt, TEXTS, textAt } from '../plans/plan.ts';
import { HISTORIAN } from '../plans/users.ts';
import { messagesIn } from '../service/frames.ts';
import type { Issuer } from '../service/issuer.ts';
import type { Reader, Sockets } from '../service/sockets.ts';
import type { Stage } from '../stage/environment.ts';
import type { Actor, Deeds } from './actor.ts';

/** Milliseconds after which no answer is awaited any more, and between the end of a connection and the next. */
const PATIENCE = 20_000;
const PAUSE = 800;

/** Milliseconds in which an event has come, where nothing goes wrong, and connections in which that is tried. */
const SOON = 3_000;
const MOST_TRIES = 3;

/** Pages that are asked for, one after another, at the most. */
const MOST_PAGES = 200;

/** Everything that came as the answer to one request. */
type Answers = readonly ServerMessage[];

/** What a page of a replay says, once all of it is here. */
interface Page {
  readonly events: readonly EventMessage[];
  readonly recovered: boolean;
  readonly next: string | null;
  readonly before: Position | null;
  /** Of all that the connection is subscribed to. */
  readonly digest: number | undefined;
}

export interface HistorianParts {
  readonly sockets: Sockets;
  readonly issuer: Issuer | undefined;
  readonly cuts: Cuts;
  readonly kept: Kept;
  readonly seen: Seen[];
  /** Events that it may ask for at once. */
  readonly maxEvents: number;
  /** Whether the clock of Redis is set: a cursor lasts by that. */
  readonly isClockSet: boolean;
}

const pageOf = (answers: Answers): Page | undefined => {
  const parts = answers.filter((each) => each.type === 'replay');
  const end = parts.at(-1);
  if (end === undefined || !('recovered' in end)) return undefined;
  const { recovered = false, next = null, before, digest } = end;
  return { events: parts.flatMap(({ events }) => events), recovered, next, before: before ?? null, digest };
};

/** What events of a channel are to name, of some texts. */
const fitting = (channel: string, texts: readonly string[]): readonly string[] => {
  const all = texts.filter((text) => matches(text, channel));
  return [...all.filter((text) => text === channel), ...all.filter((text) => text !== channel).sort()];
};

/** The digests of all that a connection may hold which holds some texts (P-5). */
const digestsWith = (texts: readonly string[]): readonly number[] =>
  TEXTS.filter((text) => !texts.includes(text))
    .reduce<readonly (readonly string[])[]>((sets, text) => sets.flatMap((set) => [set, [...set, text]]), [texts])
    .map(digestOf);

/**
 * A client without the library that reads histories backwards, begins with the state, and is told which of its subscriptions
 * each event fits. It asks one thing after another.
 */
export class Historian implements Actor, Reader {
  readonly name = 'historian';
  readonly unread = 0;
  readonly #stage: Stage;
  readonly #parts: HistorianParts;
  readonly #isBatching: boolean;
  #socket: ModelSocket | undefined;
  /** What this connection was ever asked to hear, and what it hears for sure: since when, by the stage’s clock. */
  readonly #asked = new Set<string>();
  readonly #held = new Map<string, number>();
  readonly #doubtful = new Set<string>();
  readonly #lost = new Lost();
  /** By channel, where it stood at the least. */
  readonly #stood = new Map<string, Position>();
  readonly #heard = new Set<string>();
  #take: ((message: ServerMessage | undefined) => void) | undefined;
  #last: Promise<void> = Promise.resolve();
  #requests = 0;
  #published = 0;
  #isLeaving = false;
  #isProven = false;

  constructor(stage: Stage, parts: HistorianParts) {
    this.#stage = stage;
    this.#parts = parts;
    this.#isBatching = stage.fate.at(`${this.name} declares`).chance(0.5);
    this.#connect();
  }

  readonly deeds: Deeds = {
    'look back': ({ where, much }) => this.lookBack(channelAt(where), 1 + Math.floor(much * 5)),
    'begin with the state': ({ where }) => this.begin(TEXTS.filter((_, n) => (1 + (where % 63)) & (1 << n))),
    'end a subscription': ({ where }) => this.end(textAt(where)),
    'cut the historian': ({ much }) => this.#parts.sockets.cut(this, much < 0.3),
  };

  /** Whether it has proven that all it asks for is done. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** Whether it has a connection. While what is left of others counts as its user’s, it is refused one. */
  get isAtRest(): boolean {
    return this.#isLeaving || this.#socket?.state === 'open';
  }

  reads(take: () => void): void {
    take();
  }

  isForgotten(): void {
    this.#lost.forget(TEXTS);
    this.#doubt(TEXTS);
  }

  isEnded(texts: readonly string[]): void {
    this.#doubt(this.#lost.end(texts));
  }

  isFound(texts: readonly string[]): void {
    this.#lost.find(texts);
  }

  #doubt(texts: readonly string[]): void {
    for (const text of texts) {
      this.#held.delete(text);
      this.#doubtful.add(text);
    }
  }

  wanted(held: ReadonlySet<string>): ReadonlySet<string> {
    return new Set(TEXTS.filter((text) => (this.#doubtful.has(text) ? held.has(text) : this.#held.has(text))));
  }

  /** Reads a history from its end to its beginning. @param most - events of a page. */
  lookBack(channel: string, most: number): void {
    this.#then(() => this.#lookBack(channel, most));
  }

  /** Subscribes, and is told the latest event of each channel and then all that is kept. */
  begin(texts: readonly string[]): void {
    this.#then(() => this.#begin(texts));
  }

  /** Unsubscribes. */
  end(text: string): void {
    this.#then(() => this.#end(text));
  }

  /** Begins anew, and proves that all it asks for is done. */
  prove(): void {
    this.#then(async () => {
      for (let tries = 1; tries <= MOST_TRIES && !this.#isProven; tries++) this.#isProven = await this.#prove();
      if (!this.#isProven) this.#accuse('has no connection that lasts');
      this.#isProven = true;
    });
  }

  leave(): void {
    this.#isLeaving = true;
    this.#socket?.close();
  }

  /** @returns whether it was answered. */
  async #prove(): Promise<boolean> {
    this.#socket?.close();
    await this.#stage.time.sleep(SOON);
    if (!(await this.#begin(TEXTS))) return false;
    for (const channel of CHANNELS) if (!(await this.#lookBack(channel, 3))) return false;
    if (!(await this.#isTold('x:1'))) return false;
    return (await this.#end('x:*')) && (await this.#isTold('x:1'));
  }

  /** Publishes to a channel, and hears that. The event names what it fits, which is judged as it comes. */
  async #isTold(channel: string): Promise<boolean> {
    const { time } = this.#stage;
    const id = `${this.name}-${++this.#published}`;
    const about = { id, channel, publisher: `${this.name} ${this.#published}`, sequence: 1 };
    this.#parts.seen.push({ type: 'sent', at: time.now(), ...about });
    const [answer] = await this.#ask({ type: 'broadcast', channel, id, data: { id } });
    if (answer?.type !== 'ack') return false;
    this.#parts.seen.push({ type: 'acked', at: time.now(), id });
    const socket = this.#socket;
    await time.sleep(SOON);
    if (this.#socket !== socket || socket?.state !== 'open') return false;
    if (!this.#heard.has(id)) this.#accuse(`has not heard ${id}`);
    return true;
  }

  async #lookBack(channel: string, wanted: number): Promise<boolean> {
    const most = Math.min(wanted, this.#parts.maxEvents);
    const asked = { type: 'replay', channels: [channel], last: most } as const;
    /** Where the page before began. */
    let above: number | undefined;
    let before: Position | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const socket = this.#socket;
      const page = pageOf(await this.#ask({ ...asked, ...(before === undefined ? {} : { before }) }));
      if (page === undefined || socket !== this.#socket) return false;
      const { events, recovered } = page;
      for (const event of events) this.#judgeMatched(event, false);
      const offsets = events.map(({ offset }) => offset);
      const end = above === undefined ? this.#stood.get(channel)?.offset : above - 1;
      const isWhole = offsets.every((offset, n) => n === 0 || offset === (offsets[n - 1] as number) + 1);
      const reaches =
        end === undefined || (above === undefined ? (offsets.at(-1) ?? 0) >= end : offsets.at(-1) === end);
      this.#judgePage(
        [channel],
        `${channel} back from ${above ?? 'its end'}`,
        recovered,
        isWhole && (reaches || end === 0),
        offsets,
      );
      if (events.length > most)
        this.#accuse(`is told ${events.length} events of ${channel}, where it asked for ${most}`);
      if (page.before === null) {
        if (recovered && (offsets[0] ?? above ?? 1) !== 1)
          this.#accuse(`is told that ${channel} begins at ${offsets[0]}`);
        return true;
      }
      above = offsets[0] ?? above;
      before = page.before;
    }
    return true;
  }

  /** Nothing is missing but what was cut, or not kept, on one of some channels. */
  #judgePage(
    channels: readonly string[],
    what: string,
    recovered: boolean,
    isWhole: boolean,
    offsets: readonly number[],
  ): void {
    const { cuts, kept } = this.#parts;
    const mayBe = cuts.areMade || channels.some((channel) => kept.mayLackSome({ channel }));
    if (!recovered && !mayBe) this.#accuse(`is told that something is missing of ${what}`);
    if (recovered && !isWhole) this.#accuse(`is told ${offsets.join(', ') || 'nothing'} of ${what}`);
  }

  async #begin(texts: readonly string[]): Promise<boolean> {
    const channels = texts.filter((text) => CHANNELS.includes(text));
    const patterns = texts.filter((text) => !CHANNELS.includes(text));
    for (const text of texts) {
      this.#asked.add(text);
      if (!this.#held.has(text)) this.#doubtful.add(text);
    }
    const options = { sendInitialState: true, replayEvents: true };
    const answers = await this.#ask({ type: 'subscribe', channels, patterns, options });
    const subscribed = answers.find((each) => each.type === 'subscribed');
    if (subscribed === undefined) return false;
    const { positions } = subscribed;
    const page = pageOf(answers);
    if (page === undefined) return false;
    this.#judgeState(texts, positions, answers);
    return this.#readOn(texts, positions, page);
  }

  /** It is subscribed, but to what it has lost since that was seen to. */
  #isHearing(texts: readonly string[], positions: Positions): void {
    for (const text of texts) {
      if (this.#lost.has(text)) continue;
      this.#held.set(text, this.#held.get(text) ?? this.#stage.time.now());
      this.#doubtful.delete(text);
    }
    for (const [channel, position] of Object.entries(positions)) this.#stood.set(channel, position);
  }

  /** The state holds the latest event of each channel, which stands no earlier than the channel did once it was subscribed. */
  #judgeState(texts: readonly string[], positions: Positions, answers: Answers): void {
    const events = answers.flatMap((each) => (each.type === 'state' ? each.events : []));
    const places = new Map(events.map(({ channel, offset }) => [channel, offset]));
    if (places.size < events.length) this.#accuse('is told the state of a channel twice');
    for (const event of events) this.#judgeNamed(event, texts);
    for (const [channel, { offset }] of Object.entries(positions)) {
      const place = places.get(channel) ?? 0;
      // The state holds nothing of a channel whose latest event was not kept.
      const isNone = place === 0 && this.#parts.kept.mayLackSome({ channel }, offset);
      if (place < offset && !isNone)
        this.#accuse(`is told as the state of ${channel} what stands at ${place}, and not ${offset}`);
    }
  }

  /** Reads the answer to its end: it holds all that is kept, up to where the channels stood. */
  async #readOn(texts: readonly string[], positions: Positions, first: Page): Promise<boolean> {
    for (const event of first.events) this.#judgeNamed(event, texts);
    const all = [...first.events];
    let isRecovered = first.recovered;
    let { next: cursor, digest } = first;
    for (let pages = 0; cursor !== null; pages++) {
      const socket = this.#socket;
      if (pages === MOST_PAGES) return true;
      const page = pageOf(await this.#ask({ type: 'replay', cursor }));
      if (page === undefined || socket !== this.#socket) return false;
      all.push(...page.events);
      isRecovered &&= page.recovered;
      cursor = page.next;
      digest = page.digest;
    }
    for (const { channel } of all) {
      if (!texts.some((text) => matches(text, channel)))
        this.#accuse(`is replayed ${channel}, and asked for ${texts.join()}`);
    }
    const heard = CHANNELS.filter((channel) => texts.some((text) => matches(text, channel)));
    const isToldOfLoss = digest !== undefined && !digestsWith(texts).includes(digest);
    for (const [channel, { offset: stood }] of Object.entries(positions)) {
      if (isToldOfLoss && this.#hasLost(channel, texts)) continue;
      const offsets = all.flatMap((each) => (each.channel === channel && each.private !== true ? each.offset : []));
      // All that is kept is what is no older than the retention.
      let first = 1;
      while (first <= stood && first !== offsets[0] && this.#parts.kept.isOld({ channel }, first)) first++;
      const isWhole = offsets.every((offset, n) => offset === n + first) && offsets.length > stood - first;
      this.#judgePage(heard, `the replay of ${channel} to ${stood}`, isRecovered, isWhole, offsets);
    }
    return true;
  }

  /** Whether it has lost everything by which an answer would hold events of a channel. */
  #hasLost(channel: string, texts: readonly string[]): boolean {
    const isLost = texts.every((text) => !matches(text, channel) || this.#lost.has(text));
    return isLost && ![...this.#held.keys()].some((text) => matches(text, channel));
  }

  async #end(text: string): Promise<boolean> {
    this.#doubt([text]);
    const isAnswered = this.#lost.asksFor(text);
    const [answer] = await this.#ask({ type: 'unsubscribe', channels: [], patterns: [text] });
    if (answer?.type !== 'unsubscribed') return false;
    isAnswered();
    this.#doubtful.delete(text);
    return true;
  }

  /** It names just what the request did. */
  #judgeNamed({ channel, offset, matched }: EventMessage, texts: readonly string[]): void {
    const named = fitting(channel, texts);
    if (named.length > 0 && JSON.stringify(matched) !== JSON.stringify(named))
      this.#accuse(`is told that ${channel} at ${offset} fits ${JSON.stringify(matched)}, and not ${named.join()}`);
  }

  /** It names what was asked for alone, and what has been held since before it was published (E-9). */
  #judgeMatched({ channel, offset, matched, data }: EventMessage, isLive: boolean): void {
    if (matched === null || matched === undefined) {
      this.#accuse(`is not told what ${channel} at ${offset} fits`);
      return;
    }
    const { id } = data as Said;
    const sent = this.#parts.seen.find((each) => each.type === 'sent' && each.id === id);
    const at = isLive && sent?.type === 'sent' ? sent.at : Number.NEGATIVE_INFINITY;
    const isMissing = (text: string, since: number): boolean =>
      since < at && matches(text, channel) && !matched.includes(text);
    const missing = [...this.#held].flatMap(([text, since]) => (isMissing(text, since) ? [text] : []));
    if (missing.length > 0) this.#accuse(`is not told that ${channel} at ${offset} fits ${missing.join(' ')}`);
    const foreign = matched.filter((text) => !this.#asked.has(text) || !matches(text, channel));
    if (foreign.length > 0) this.#accuse(`is told that ${channel} at ${offset} fits ${foreign.join()}`);
  }

  #accuse(what: string): void {
    this.#stage.problems.push(`history: ${this.name} ${what}`);
  }

  /** Does something once what is asked for before is answered. */
  #then(work: () => Promise<unknown>): void {
    this.#last = this.#last.then(async () => void (await work()));
  }

  #connect(): void {
    const { sockets, issuer } = this.#parts;
    const Socket = sockets.socketsOf(this);
    const token = issuer === undefined ? [] : [`bearer.${issuer.tokenOf(HISTORIAN)}`];
    const capabilities = this.#isBatching ? 'batch,matched' : 'matched';
    const socket = new Socket(`ws://gateway?user=${HISTORIAN}&capabilities=${capabilities}`, token) as ModelSocket;
    for (const known of [this.#asked, this.#held, this.#doubtful]) known.clear();
    this.#lost.begin();
    socket.onmessage = ({ data }) => this.#hear(String(data));
    socket.onclose = () => {
      this.#take?.(undefined);
      if (!this.#isLeaving) this.#stage.time.after(PAUSE, () => this.#connect());
    };
    this.#socket = socket;
  }

  #hear(text: string): void {
    for (const message of messagesIn(text)) {
      if (message.type === 'event') {
        this.#heard.add((message.data as Said).id);
        this.#judgeMatched(message, true);
      }
      if ('requestId' in message && message.requestId === `${this.#requests}`) this.#take?.(message);
    }
  }

  /** @returns all that it was answered; less where that did not come. */
  #ask(request: RequestWriting): Promise<Answers> {
    const { time, story } = this.#stage;
    const socket = this.#socket;
    if (socket?.state !== 'open') return Promise.resolve([]);
    const requestId = `${++this.#requests}`;
    story.tell(this.name, `asks ${JSON.stringify(request)}`);
    const { promise, resolve } = Promise.withResolvers<Answers>();
    const answers: ServerMessage[] = [];
    const end = (): void => {
      this.#take = undefined;
      forget();
      story.tell(this.name, `is answered ${answers.map(({ type }) => type).join(', ') || 'nothing'}`);
      resolve(answers);
    };
    // What is not answered may be carried out yet: another connection knows nothing of it.
    const forget = time.after(PATIENCE, () => socket.close());
    this.#take = (message) => {
      if (message === undefined) return end();
      // A frame of which nobody knows whether it was taken is posted again.
      if (answers.some((each) => JSON.stringify(each) === JSON.stringify(message))) return;
      answers.push(message);
      if (message.type === 'subscribed' && request.type === 'subscribe')
        this.#isHearing([...(request.channels ?? []), ...(request.patterns ?? [])], message.positions);
      if (message.type === 'error') {
        const { code } = message.error;
        // Whether it is so of who says it, others judge.
        const isSwitchedOff = code === 'NOT_AVAILABLE' && this.#parts.kept.isOn;
        const isTooOld = code === 'INVALID_CURSOR' && this.#parts.isClockSet;
        if (!ERRORS[code].temporary && !code.startsWith('SESSION_') && !isSwitchedOff && !isTooOld)
          this.#accuse(`is refused ${JSON.stringify(request)}: ${code}`);
      }
      const isPart = message.type === 'state' || message.type === 'subscribed' ? request.type === 'subscribe' : false;
      if (message.type === 'error' || (message.type === 'replay' ? 'final' in message && message.final : !isPart))
        end();
    };
    socket.send(JSON.stringify({ ...request, requestId }));
    return promise;
  }
}
