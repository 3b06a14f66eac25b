import type { ModelSocket } from '../../../client/testing/socket.ts';
import { MOST_OF_USER, type Sequence } from '../../../lib/ports/sequence.ts';
import { ERRORS } from '../../../lib/protocol/errors.ts';
import type { ServerMessage } from '../../../lib/protocol/messages/table.ts';
import type { Seen } from '../../faults/checker.ts';
import type { SeededRandom } from '../../seeded-random.ts';
import { channelAt } from '../plans/plan.ts';
import { KEEPER, USERS } from '../plans/users.ts';
import { messagesIn } from '../service/frames.ts';
import type { Issuer } from '../service/issuer.ts';
import type { Reader, Sockets } from '../service/sockets.ts';
import type { Stage } from '../stage/environment.ts';
import type { Actor, Deeds } from './actor.ts';

/** Milliseconds after which no answer is awaited any more, between two connections, and before what was refused is sent again. */
const PATIENCE = 20_000;
const PAUSE = 600;
const AGAIN = 1_000;

/** How often it waits for so many milliseconds at the most, and connects again after that: what it sent is on its way then. */
const HASTY = 0.3;
const HASTE = 60;
const AT_ONCE = 5;

/** How often it is closed amid its next frame, and how often others have it forgotten where it is closed for long. */
const AMID = 0.5;
const FORGOTTEN = 0.4;

/** Frames in which it may be hasty once its page was closed, also where nothing goes wrong any more. */
const HASTY_FRAMES = 4;

/** Milliseconds for which a page is closed: for a while at the most, or for longer than ids are remembered. */
const WHILE = 20_000;
const LONG = 420_000;

/** Milliseconds by which it takes the service’s clock to be behind, until it is told what that says. */
const BEHIND = 20_000;

/** Writes of one frame. */
const MOST_AT_ONCE = 50;

interface Write {
  readonly id: string;
  readonly channel: string;
  readonly to: readonly string[] | undefined;
  /** Which write of its publisher it is, from when it is first sent. */
  sequence?: Sequence;
  /** When it was first sent, by the service’s clock. */
  sent?: number;
  /** Its number was another’s before. */
  isUsed?: boolean;
  /** Another store of the user makes it. */
  isOthers?: boolean;
}

export interface KeeperParts {
  readonly sockets: Sockets;
  readonly issuer: Issuer | undefined;
  readonly seen: Seen[];
}

/**
 * A store that outlives its pages: it numbers its writes, keeps each until that is answered for good, and sends it again as
 * the protocol has it (B-13 to B-18), by whatever page there is then.
 */
export class Keeper implements Actor, Reader {
  readonly name = 'keeper';
  readonly unread = 0;
  readonly #stage: Stage;
  readonly #parts: KeeperParts;
  /** Whether it names its writes. Else their numbers alone tell that they come again. */
  readonly isNaming: boolean;
  /** What it draws of its haste. */
  readonly #haste: SeededRandom;
  /** What it draws of how its page is closed, and whether that is to be amid the next frame: how much, from 0 to 1. */
  readonly #closes: SeededRandom;
  #closing: number | undefined;
  #hastyFrames = 0;
  #pause = PAUSE;
  #socket: ModelSocket | undefined;
  /** Writes without an answer, in the order in which they were made. */
  #waiting: Write[] = [];
  /** By channel: the number that was used last, and the highest that was acknowledged. */
  #last = new Map<string, number>();
  readonly #acked = new Map<string, number>();
  /** Channels on which it has numbers again that it has used, and does not know that yet. */
  readonly #setBack = new Set<string>();
  /** Channels that others have written to, so many that it may be forgotten there. */
  readonly #crowded = new Set<string>();
  #answered: ((answers: ReadonlyMap<string, ServerMessage> | undefined) => void) | undefined;
  /** What the service’s clock says when the stage’s has passed nothing: milliseconds since 1970. */
  #zero: number;
  /** Names that it has had, times that it was set back, and writes that it has made. */
  #names = 1;
  #lives = 1;
  #made = 0;
  /** What it was asked to write, by their ids. */
  readonly writes: string[] = [];
  #isBusy = false;
  #isClosed = false;
  #isLeaving = false;

  constructor(stage: Stage, parts: KeeperParts) {
    this.#stage = stage;
    this.#parts = parts;
    this.#zero = stage.time.now() - stage.time.elapsed() - BEHIND;
    this.isNaming = stage.fate.at(`${this.name} names`).chance(0.5);
    this.#haste = stage.fate.at(`${this.name} hastes`);
    this.#closes = stage.fate.at(`${this.name} closes`);
    this.#connect();
  }

  readonly deeds: Deeds = {
    'write and keep': ({ where, much }) => {
      for (let n = 0; n < 1 + Math.floor(much * 4); n++) this.#write(channelAt(where));
    },
    'write privately and keep': ({ where, much }) =>
      this.#write(channelAt(where), much < 0.5 ? [USERS[0] as string] : USERS),
    'close the page': ({ much }) => this.#close(much),
    'cut the page': ({ much }) => this.#parts.sockets.cut(this, much < 0.3),
    'crowd a channel': ({ where }) => this.#crowd(channelAt(where)),
  };

  /** Whether each of its writes was answered for good. */
  get isAtRest(): boolean {
    return this.#isLeaving || (!this.#isClosed && this.#waiting.length === 0);
  }

  reads(take: () => void): void {
    take();
  }

  wanted(): ReadonlySet<string> {
    return new Set();
  }

  /** Keeps a write, and sends it once it can. @param to - the users who alone may hear it. */
  #write(channel: string, to?: readonly string[]): void {
    this.#keep(channel, to, this.name);
    void this.#run();
  }

  /** As many other stores of the user write to a channel as it remembers of one. */
  #crowd(channel: string): void {
    // What has no name is known by its number alone, and so not for as long as it may wait in a queue.
    if (!this.isNaming) return;
    this.#crowded.add(channel);
    for (let n = 0; n < MOST_OF_USER; n++) {
      const publisher = `other-${this.#made + 1}`;
      const write = this.#keep(channel, undefined, publisher);
      Object.assign(write, { sequence: { publisher, number: 1 }, isOthers: true });
    }
    void this.#run();
  }

  /** Its page is closed, now or amid its next frame, and there is another later. @param much - from 0 to 1. */
  #close(much: number): void {
    if (this.#closes.chance(AMID)) this.#closing = much;
    else this.#closePage(much);
  }

  #closePage(much: number): void {
    if (this.#isClosed || this.#isLeaving) return;
    const isLong = much < 0.6;
    this.#stage.story.tell(this.name, `has its page closed${isLong ? ' for long' : ''}`);
    this.#isClosed = true;
    this.#socket?.close();
    this.#stage.time.after(isLong ? LONG : Math.floor(much * WHILE), () => {
      if (this.#isLeaving) return;
      this.#isClosed = false;
      this.#hastyFrames = HASTY_FRAMES;
      if (much < 0.25) this.#restore();
      if (isLong && this.#closes.chance(FORGOTTEN)) this.#crowdOut();
      if (isLong) for (const channel of this.#last.keys()) this.#keepAfter(channel);
      this.#connect();
    });
  }

  leave(): void {
    this.#isLeaving = true;
    this.#socket?.close();
  }

  /** Others have it forgotten, before it comes back, where it has sent something that has no answer. */
  #crowdOut(): void {
    const own = this.#waiting;
    const sent = own.find((write) => write.sent !== undefined && write.isOthers !== true);
    if (sent === undefined) return;
    this.#waiting = [];
    this.#crowd(sent.channel);
    this.#waiting.push(...own);
  }

  /** Writes to a channel that it had written to before: one whose number may be another’s, and one behind that in its frame. */
  #keepAfter(channel: string): void {
    const count = this.#setBack.has(channel) ? 2 : 1;
    for (let n = 0; n < count; n++) this.#keep(channel, undefined, this.name);
  }

  #keep(channel: string, to: readonly string[] | undefined, publisher: string): Write {
    const { time, story } = this.#stage;
    const sequence = ++this.#made;
    const id = `${this.name}-${sequence}`;
    story.tell(this.name, `keeps ${id} for ${channel}`);
    const about = { id, channel, publisher: `${publisher} ${this.#lives}`, sequence };
    this.#parts.seen.push({ type: 'sent', at: time.now(), ...about, ...(to === undefined ? {} : { to }) });
    const write: Write = { id, channel, to };
    this.#waiting.push(write);
    this.writes.push(id);
    return write;
  }

  /** It is as it was once: what it kept since is gone, and the number that was acknowledged last comes again. */
  #restore(): void {
    this.#stage.story.tell(this.name, 'is set back');
    this.#lives++;
    this.#waiting = [];
    for (const [channel, number] of this.#acked) {
      this.#last.set(channel, number - 1);
      this.#setBack.add(channel);
    }
  }

  #connect(): void {
    const { sockets, issuer } = this.#parts;
    const Socket = sockets.socketsOf(this);
    const token = issuer === undefined ? [] : [`bearer.${issuer.tokenOf(KEEPER)}`];
    const socket = new Socket(`ws://gateway?user=${KEEPER}&capabilities=batch`, token) as ModelSocket;
    socket.onopen = () => void this.#run();
    socket.onmessage = ({ data }) => this.#take(String(data));
    socket.onclose = () => {
      this.#answered?.(undefined);
      if (this.#isLeaving || this.#isClosed) return;
      this.#stage.time.after(this.#pause, () => {
        if (!this.#isClosed && !this.#isLeaving && this.#socket === socket) this.#connect();
      });
    };
    this.#socket = socket;
  }

  #take(text: string): void {
    const answers = new Map<string, ServerMessage>();
    for (const message of messagesIn(text)) {
      if (message.type === 'connection') this.#zero = message.timestamp - this.#stage.time.elapsed();
      if ('requestId' in message && typeof message.requestId === 'string') answers.set(message.requestId, message);
    }
    if (answers.size > 0) this.#answered?.(answers);
  }

  /** Sends what waits until nothing does, or the connection ends. */
  async #run(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#socket?.state === 'open' && this.#waiting.length > 0) {
      const socket = this.#socket;
      const answers = await this.#send(socket);
      if (answers === undefined) socket.close();
      else {
        for (const [id, answer] of answers) this.#settle(id, answer);
        await this.#stage.time.sleep(AGAIN);
      }
    }
    this.#isBusy = false;
  }

  /** Milliseconds for which the next answer is awaited. */
  #patience(): number {
    const [isHasty, short] = [this.#haste.chance(HASTY), this.#haste.below(HASTE)];
    const isSo = isHasty && (!this.#stage.fate.isCalm || this.#hastyFrames-- > 0);
    this.#pause = isSo ? AT_ONCE : PAUSE;
    return isSo ? short : PATIENCE;
  }

  /** The next frame: others have frames of their own. */
  get #next(): readonly Write[] {
    const [first] = this.#waiting;
    const end = this.#waiting.findIndex(({ isOthers }) => isOthers !== first?.isOthers);
    return this.#waiting.slice(0, Math.min(MOST_AT_ONCE, end < 0 ? MOST_AT_ONCE : end));
  }

  /** @returns what each was answered; undefined where nothing was. */
  #send(socket: ModelSocket): Promise<ReadonlyMap<string, ServerMessage> | undefined> {
    const { time, story } = this.#stage;
    const messages = this.#next.map((write) => {
      const { id, channel, to, sent } = write;
      if (write.sequence === undefined) {
        const number = (this.#last.get(channel) ?? 0) + 1;
        this.#last.set(channel, number);
        write.sequence = { publisher: `store-${this.#names}`, number };
        write.isUsed = this.#setBack.has(channel);
      }
      write.sent ??= Math.floor(time.elapsed() + this.#zero);
      return {
        ...{ type: 'broadcast', requestId: id, channel, data: { id } },
        ...(this.isNaming ? { id } : {}),
        ...(to === undefined ? {} : { targetUsers: to }),
        sequence: { ...write.sequence, ...(sent === undefined ? {} : { sent }) },
      };
    });
    story.tell(this.name, `sends ${messages.map(({ requestId }) => requestId).join(', ')}`);
    const { promise, resolve } = Promise.withResolvers<ReadonlyMap<string, ServerMessage> | undefined>();
    const forget = time.after(this.#patience(), () => this.#answered?.(undefined));
    this.#answered = (answers) => {
      this.#answered = undefined;
      forget();
      resolve(answers);
    };
    socket.send(JSON.stringify({ type: 'batch', messages }));
    const closing = this.#closing;
    this.#closing = undefined;
    if (closing !== undefined && !this.#stage.fate.isCalm)
      time.after(this.#closes.below(HASTE), () => this.#closePage(closing));
    return promise;
  }

  #settle(id: string, answer: ServerMessage): void {
    const { time, story, problems } = this.#stage;
    const write = this.#waiting.find((each) => each.id === id);
    if (write === undefined) return;
    const { channel, sequence } = write;
    const code = answer.type === 'error' ? answer.error.code : undefined;
    story.tell(this.name, `is told of ${id}: ${code ?? answer.type}`);
    if (code !== undefined && (ERRORS[code].temporary || code.startsWith('SESSION_'))) return;
    this.#waiting.splice(this.#waiting.indexOf(write), 1);
    if (code === undefined) {
      this.#parts.seen.push({ type: 'acked', at: time.now(), id });
      if (sequence?.publisher === `store-${this.#names}`) this.#acked.set(channel, sequence.number);
    }
    this.#setBack.delete(channel);
    if (code === 'SEQUENCE_USED') this.#rename();
    const mayBe = {
      SEQUENCE_USED: write.isUsed === true,
      SEQUENCE_UNKNOWN: this.#crowded.has(channel),
    } as Readonly<Record<string, boolean>>;
    if (code !== undefined && mayBe[code] !== true) problems.push(`kept writes: ${id} is refused: ${code}`);
  }

  /** Its numbers are another’s: what was never sent has numbers of another name. */
  #rename(): void {
    this.#names++;
    this.#last = new Map([...this.#last.keys()].map((channel) => [channel, 0]));
    this.#acked.clear();
    this.#setBack.clear();
  }
}
