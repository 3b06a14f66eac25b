import { deflateSync } from 'node:zlib';
import type { ModelSocket } from '../../../client/testing/socket.ts';
import type { Capability } from '../../../lib/protocol/capabilities.ts';
import { ERRORS, ProtocolError } from '../../../lib/protocol/errors.ts';
import type { ReplayMessage } from '../../../lib/protocol/messages/replay.ts';
import type { RequestWriting, ServerMessage } from '../../../lib/protocol/messages/table.ts';
import type { Seen } from '../../faults/checker.ts';
import type { Kept } from '../judges/kept.ts';
import { channelAt } from '../plans/plan.ts';
import type { Step } from '../plans/steps.ts';
import { isCompressed, messagesIn } from '../service/frames.ts';
import type { LookUp } from '../service/functions.ts';
import type { Issuer } from '../service/issuer.ts';
import type { Reader, Sockets } from '../service/sockets.ts';
import type { Stage } from '../stage/environment.ts';
import type { Lambda } from '../stage/lambda.ts';
import type { Actor, Deeds } from './actor.ts';

/** What a request may be refused with though nothing is wrong with it: it is temporary, or the session is over. */
const mayRefuse = (code: keyof typeof ERRORS): boolean =>
  ERRORS[code].temporary || code === 'SESSION_EXPIRED' || code === 'SESSION_REVOKED';

/** Milliseconds after which no answer is awaited any more. */
const PATIENCE = 20_000;

/** Milliseconds between the end of a connection and the next. */
const PAUSE = 700;

/** Milliseconds in which what overlaps has been answered, and an event has come, where nothing goes wrong. */
const SOON = 3_000;

/** Connections in which it is tried to prove what is to be proved: each may end, as its session does. */
const MOST_TRIES = 3;

/** Tries of a broadcast that is to be taken. */
const MOST_BROADCASTS = 4;

/** Characters that an event is longer by, so that it is smaller compressed. */
const FILLER = '.'.repeat(600);

/** Channels that a replay is asked for beside others, so many that the question is kept by itself. */
const OTHERS = Array.from({ length: 120 }, (_, n) => `zz:nobody-listens:${n}`);

/** Milliseconds. */
const HOUR = 3_600_000;

/** Pages that are asked for while things go wrong, and of a whole replay. */
const FEW_PAGES = 3;
const MOST_PAGES = 100;

export interface PlainClientSettings {
  readonly name: string;
  readonly user: string;
  readonly capabilities: readonly Capability[];
  /** Channels there are, and texts that it may subscribe to. */
  readonly channels: readonly string[];
  readonly texts: readonly string[];
  /** Events that it may ask for at once. */
  readonly maxEvents: number;
  /** Whether the clock of Redis is set. */
  readonly isClockSet: boolean;
}

export interface PlainClientParts {
  readonly sockets: Sockets;
  readonly look: Pick<Lambda<LookUp, unknown>, 'invoke'>;
  readonly issuer: Issuer | undefined;
  readonly seen: Seen[];
  readonly kept: Kept;
}

type Pack = (text: string, requestId: string) => readonly string[];

/**
 * A client without the library. It sends one request upon another and awaits none, so that they overlap; it asks for what
 * the library never does; and once nothing goes wrong any more, it proves that what it asks for is done.
 */
export class PlainClient implements Actor, Reader {
  readonly name: string;
  readonly unread = 0;
  readonly #stage: Stage;
  readonly #parts: PlainClientParts;
  readonly #settings: PlainClientSettings;
  #socket: ModelSocket | undefined;
  /** How each request that is not answered yet goes on. */
  readonly #waiting = new Map<string, (answer: ServerMessage | undefined) => void>();
  readonly #held = new Set<string>();
  /** Texts of which nobody knows whether they are held: requests about them overlapped, or failed. */
  readonly #doubtful = new Set<string>();
  /** Requests about a text that are not answered yet. */
  readonly #underWay = new Map<string, number>();
  /** Whether it may send what is compressed, and is sent it; undefined where nobody knows. */
  #compresses: boolean | undefined;
  /** Whether its connection was taken for gone: what it declared since the handshake is forgotten, and nobody tells it. */
  #isForgotten = false;
  /** Requests that were under way when it switched compression: they may come behind that. */
  readonly #overtaken = new Set<string>();
  /** Whether each event came compressed. */
  readonly #heard = new Map<string, boolean>();
  /** Ids of what it published that was acknowledged. */
  readonly #taken = new Set<string>();
  #requests = 0;
  #published = 0;
  #isLeaving = false;
  #isProven = false;

  constructor(stage: Stage, parts: PlainClientParts, settings: PlainClientSettings) {
    this.#stage = stage;
    this.#parts = parts;
    this.#settings = settings;
    this.name = settings.name;
    this.#connect();
  }

  readonly deeds: Deeds = {
    'ask at once': ({ where, much }) => this.#overlap(where, 2 + Math.floor(much * 3)),
    'ask for more': (step) => this.#askForMore(step),
  };

  get hasLeft(): boolean {
    return this.#isLeaving;
  }

  /** Whether what it was to prove is proven, or said not to be. */
  get isProven(): boolean {
    return this.#isProven;
  }

  reads(take: () => void): void {
    take();
  }

  isForgotten(): void {
    this.#isForgotten = true;
  }

  /** What it is to hold, where it holds what it does. */
  wanted(held: ReadonlySet<string>): ReadonlySet<string> {
    return new Set([...this.#held, ...held].filter((text) => (this.#doubtful.has(text) ? held : this.#held).has(text)));
  }

  /** Asks for what the library never asks for. */
  #askForMore({ who, where, much }: Step): void {
    const channel = channelAt(where);
    const asked = [
      () => this.broadcast(channel),
      () => this.page(1 + Math.floor(much * 5)),
      () => this.#compress(much < 0.5),
      () => this.#ping(channel),
      () => this.#look(),
    ];
    void asked[who % asked.length]?.();
  }

  /** Subscribes and unsubscribes, each before the other is answered. */
  #overlap(which: number, times: number): void {
    const { texts } = this.#settings;
    const text = texts[which % texts.length] as string;
    for (let n = 0; n < times; n++) {
      void this.#ask({ type: (which + n) % 2 === 0 ? 'subscribe' : 'unsubscribe', channels: [], patterns: [text] });
    }
  }

  /** Publishes, in as many wrappings as it can. @returns the id, once that is answered, or not */
  async broadcast(channel: string): Promise<string> {
    const { time, story } = this.#stage;
    const { seen } = this.#parts;
    const sequence = ++this.#published;
    const id = `${this.name}-${sequence}`;
    story.tell(this.name, `broadcasts ${id} to ${channel}`);
    seen.push({ type: 'sent', at: time.now(), id, channel, publisher: `${this.name} ${sequence}`, sequence });
    const answer = await this.#ask({ type: 'broadcast', channel, id, data: { id, filler: FILLER } }, this.#wrapped);
    if (answer?.type === 'ack') {
      seen.push({ type: 'acked', at: time.now(), id });
      this.#taken.add(id);
    }
    return id;
  }

  /** Switches compression on or off. */
  async #compress(enable: boolean): Promise<void> {
    this.#compresses = undefined;
    const underWay = [...this.#waiting.keys()];
    for (const requestId of underWay) this.#overtaken.add(requestId);
    // Of two that overlap nobody knows which the service does last.
    const isAlone = !underWay.some((requestId) => requestId.startsWith('compression-'));
    const requests = this.#requests;
    const answer = await this.#ask({ type: 'compression', enable });
    // Unless it has asked for something else since.
    if (isAlone && answer?.type === 'compression' && requests + 1 === this.#requests) this.#compresses = enable;
  }

  /** Asks for what was published, page by page. @returns the offsets of each channel; undefined where it got no answer */
  async page(limit: number, pages = FEW_PAGES): Promise<ReadonlyMap<string, readonly number[]> | undefined> {
    const { channels } = this.#settings;
    // It is shown what it is subscribed to.
    await this.#ask({ type: 'subscribe', channels: [...channels], patterns: [] });
    const since = this.#stage.time.now() - HOUR;
    const found = new Map<string, number[]>();
    let question: RequestWriting<'replay'> = {
      type: 'replay',
      since,
      channels: [...channels, ...OTHERS],
      order: 'channel',
    };
    for (let page = 0; page < pages; page++) {
      const answer = (await this.#ask({
        ...question,
        limit: Math.min(limit, this.#settings.maxEvents),
      })) as ReplayMessage | undefined;
      if (answer?.type !== 'replay') return undefined;
      for (const { channel, offset, private: mine } of answer.events) {
        if (mine !== true) found.set(channel, [...(found.get(channel) ?? []), offset]);
      }
      const next = 'next' in answer ? (answer.next as string | null) : null;
      if (next === null) return found;
      question = { type: 'replay', cursor: next };
    }
    return undefined;
  }

  /** Asks, as libraries of before do, how many subscriptions it has, and whether a channel has more than nothing. */
  async #ping(channel: string): Promise<boolean> {
    const positions = { [channel]: { offset: 0, epoch: 'another' } };
    return (await this.#ask({ type: 'ping', positions }))?.type === 'pong';
  }

  /** Asks over HTTP what would become of a handshake. */
  async #look(): Promise<void> {
    const { look } = this.#parts;
    const looked = await look.invoke({ user: this.#settings.user });
    if (looked.isDone && looked.answer instanceof ProtocolError)
      this.#judge(looked.answer.code, 'a look at its session');
  }

  /** Begins anew, and proves that all it asks for is done: for who has nothing but what is promised. */
  async prove(): Promise<void> {
    const { problems } = this.#stage;
    for (let tries = 1; ; tries++) {
      const socket = await this.#connected();
      const found = socket && (await this.#problems());
      if (socket === this.#socket && found !== undefined) {
        problems.push(...found.map((problem) => `without the library: ${this.name} ${problem}`));
        break;
      }
      if (tries < MOST_TRIES) continue;
      problems.push(`without the library: ${this.name} has no connection that lasts`);
      break;
    }
    this.#isProven = true;
  }

  leave(): void {
    this.#isLeaving = true;
    this.#socket?.close();
  }

  /** What is not as it was asked for; undefined where a request was not answered, which is told if the connection goes on. */
  async #problems(): Promise<readonly string[]> {
    const { time } = this.#stage;
    const { channels } = this.#settings;
    const channel = channels[0] as string;
    const problems: string[] = [];
    for (const which of [0, 1, 2]) this.#overlap(which, 2 + which);
    await time.sleep(SOON);
    if (this.#waiting.size > 0) problems.push('has requests that overlapped, and waits for their answers');
    const subscribed = await this.#ask({ type: 'subscribe', channels: [...channels], patterns: [] });
    if (subscribed?.type !== 'subscribed') problems.push('cannot subscribe');
    const enable = this.#compresses !== true;
    await this.#compress(enable);
    if (this.#compresses !== enable) problems.push('cannot switch compression');
    let id = await this.broadcast(channel);
    // A queue may be full for a while of what the service tells of itself.
    for (let tries = 1; tries < MOST_BROADCASTS && !this.#taken.has(id); tries++) {
      await time.sleep(PAUSE);
      id = await this.broadcast(channel);
    }
    await time.sleep(SOON);
    if (!(await this.#ping(channel))) problems.push('is not answered a ping');
    const came = this.#heard.get(id);
    if (came !== enable)
      problems.push(`switched compression to ${enable}, and heard ${id} so: ${came ?? 'not at all'}`);
    const found = await this.page(20, MOST_PAGES);
    if (found === undefined) problems.push('cannot read what was published');
    for (const [name, offsets] of found ?? []) {
      const hole = offsets.findIndex((offset, n) => n > 0 && !this.#follows(name, offsets[n - 1] as number, offset));
      if (hole >= 0) problems.push(`is replayed ${offsets[hole]} of ${name} after ${offsets[hole - 1]}`);
    }
    await this.#look();
    return problems;
  }

  /** Whether an offset is the next of a channel, or what lies between was not kept. */
  #follows(channel: string, before: number, offset: number): boolean {
    const { kept } = this.#parts;
    const epoch = kept.epochOf({ channel });
    return offset === before + 1 || (epoch !== undefined && kept.mayLack({ channel }, epoch, before + 1, offset - 1));
  }

  /** A new connection, once it is open. */
  async #connected(): Promise<ModelSocket | undefined> {
    const { time } = this.#stage;
    this.#socket?.close();
    for (let waited = 0; waited < PATIENCE; waited += PAUSE) {
      await time.sleep(PAUSE);
      if (this.#socket?.state === 'open') return this.#socket;
    }
    return undefined;
  }

  #connect(): void {
    const { capabilities, user } = this.#settings;
    const { sockets, issuer } = this.#parts;
    this.#held.clear();
    this.#doubtful.clear();
    this.#underWay.clear();
    this.#isForgotten = false;
    this.#compresses = capabilities.includes('compression');
    const Socket = sockets.socketsOf(this);
    const token = issuer === undefined ? [] : [`bearer.${issuer.tokenOf(user)}`];
    const socket = new Socket(`ws://gateway?user=${user}&capabilities=${capabilities.join()}`, token) as ModelSocket;
    socket.onmessage = ({ data }) => this.#take(String(data));
    socket.onclose = () => {
      for (const answered of this.#waiting.values()) answered(undefined);
      if (!this.#isLeaving) this.#stage.time.after(PAUSE / 2, () => this.#connect());
    };
    this.#socket = socket;
  }

  #take(text: string): void {
    for (const message of messagesIn(text)) {
      if (message.type === 'event') this.#heard.set((message.data as { id: string }).id, isCompressed(text));
      if (!('requestId' in message) || typeof message.requestId !== 'string') continue;
      if (message.type === 'error') this.#judge(message.error.code, message.requestId);
      this.#waiting.get(message.requestId)?.(message);
    }
  }

  #judge(code: keyof typeof ERRORS, what: string): void {
    if (mayRefuse(code)) return;
    // Whether it is so of who says it, others judge.
    if (code === 'NOT_AVAILABLE' && what.startsWith('replay-') && this.#parts.kept.isOn) return;
    // A cursor lasts by the clock of Redis.
    if (code === 'INVALID_CURSOR' && this.#settings.isClockSet) return;
    // It sent what is compressed, and nobody knows any more that it had switched that on; or it has switched it off since.
    if (code === 'INVALID_MESSAGE' && (this.#isForgotten || this.#overtaken.has(what))) return;
    this.#stage.problems.push(`without the library: ${this.name} is refused ${what}: ${code}`);
  }

  /** @returns what it was answered; undefined where it was not. */
  #ask(request: RequestWriting, pack: Pack = (text) => [text]): Promise<ServerMessage | undefined> {
    const { time, story } = this.#stage;
    const socket = this.#socket;
    if (socket?.state !== 'open') return Promise.resolve(undefined);
    const requestId = `${request.type}-${++this.#requests}`;
    const isKept = request.type === 'subscribe' || request.type === 'unsubscribe';
    const texts = isKept ? [...(request.channels ?? []), ...(request.patterns ?? [])] : [];
    for (const text of texts) {
      const others = this.#underWay.get(text) ?? 0;
      this.#underWay.set(text, others + 1);
      if (others > 0) this.#doubtful.add(text);
    }
    story.tell(this.name, `asks ${requestId} ${texts.join(' ')}`);
    const { promise, resolve } = Promise.withResolvers<ServerMessage | undefined>();
    const answered = (answer: ServerMessage | undefined): void => {
      if (!this.#waiting.delete(requestId)) return;
      forget();
      story.tell(this.name, `is answered ${requestId}: ${answer?.type}`);
      for (const text of texts) {
        this.#underWay.set(text, (this.#underWay.get(text) ?? 1) - 1);
        if (answer === undefined || answer.type === 'error') this.#doubtful.add(text);
        else if (request.type === 'subscribe') this.#held.add(text);
        else this.#held.delete(text);
      }
      resolve(answer);
    };
    const forget = time.after(PATIENCE, () => answered(undefined));
    this.#waiting.set(requestId, answered);
    for (const frame of pack(JSON.stringify({ ...request, requestId }), requestId)) socket.send(frame);
    return promise;
  }

  /** Compressed, and in pieces that come in any order, as far as the service was told that it does so. */
  readonly #wrapped: Pack = (text, requestId) => {
    const packed =
      this.#compresses === true
        ? JSON.stringify({ type: 'compressed', encoding: 'deflate', data: deflateSync(text).toString('base64') })
        : text;
    if (!this.#settings.capabilities.includes('chunk')) return [packed];
    const size = Math.ceil(packed.length / 3);
    const pieces = [0, 1, 2].map((index) => {
      const data = packed.slice(index * size, (index + 1) * size);
      return JSON.stringify({ type: 'chunk', requestId, id: requestId, index, total: 3, data });
    });
    return this.#stage.fate.at(`${this.name} cuts`).shuffled(pieces);
  };
}
