import type { WebSocketConstructor } from '../../../client/src/index.ts';
import { type ModelSocket, socketsTo } from '../../../client/testing/socket.ts';
import type { Transport } from '../../../lib/gateway/transport.ts';
import type { Caller } from '../../../lib/ports/connection.ts';
import type { Gateway } from '../../../lib/ports/gateway.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import type { EventMessage } from '../../../lib/protocol/messages/event.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import type { Conduct } from '../judges/conduct.ts';
import type { Granted } from '../judges/granted.ts';
import type { Held } from '../judges/held.ts';
import { type EventName, nameOf, type Owed } from '../judges/owed.ts';
import { type Environment, OF_CALLS, type Stage } from '../stage/environment.ts';
import type { Fault } from '../stage/fate.ts';
import type { Invoked } from '../stage/lambda.ts';
import { eventsIn, isCompressed, messagesIn } from './frames.ts';

export const ENDPOINT = 'http://gateway';

/** Before a token, where a client names the protocol that it speaks. */
const BEARER = 'bearer.';

/** How a greeting begins, and milliseconds in which it has come where nothing goes wrong. */
const GREETING = '{"type":"connection"';
const GREETED = 5_000;

/** Milliseconds after which whoever posts gives up, as the real transport does. */
const SILENCE = 3_000;

const OF_POSTS: readonly Fault[] = [...OF_CALLS, 'throttled', 'falsely gone', 'gateway error'];

const OUTCOMES: readonly string[] = ['answered', ...OF_POSTS];

/** Milliseconds for which a function stands still in a post. */
const FREEZES = [100, 2_000, 10_000, 70_000];

/** Who is at the other end of a socket: what comes for it waits while it does not read. */
export interface Reader {
  readonly name: string;
  /** Hands it what came, now or once it reads again. */
  reads(take: () => void): void;
  /** What waits for it. */
  readonly unread: number;
  /**
   * Told, at the step that does it, that the service forgets all of its connection, which is open: the gateway had said that it
   * is gone, or had not closed it.
   */
  isForgotten?(): void;
  /** Told, at the step that does it, that a request of its connection ends some texts. */
  isEnded?(texts: readonly string[]): void;
  /** Told, at the last look of a request, which texts its connection is found to hold. */
  isFound?(texts: readonly string[]): void;
  /** Milliseconds by which the answer to a request of it is overtaken by what is posted meanwhile; none where absent. */
  late?(type: string): number;
  /** The texts that a connection of it is to hold, where it holds what it does. */
  wanted(held: ReadonlySet<string>): ReadonlySet<string>;
}

/** Who wants in. */
export interface Handshake extends Omit<Caller, 'session'> {
  readonly token: string | undefined;
}

/** What the gateway asks of the functions behind it. */
export interface Routes {
  connect(handshake: Handshake): Promise<Invoked<Caller | undefined>>;
  message(request: { readonly caller: Caller; readonly body: string }): Promise<Invoked<string | undefined>>;
  replay(request: { readonly caller: Caller; readonly body: string }): Promise<Invoked<string | undefined>>;
  disconnect(id: string): Promise<Invoked<void>>;
}

interface Socket {
  /** As the function behind the handshake knows it. */
  caller: Caller;
  readonly ends: ModelSocket;
  readonly reader: Reader;
  state: 'handshake' | 'open' | 'closed';
  /** The client is gone without a word: what is posted to it is lost. */
  isDeaf: boolean;
  /** No frame before this time of the clock: frames come in order. */
  next: number;
  /** Milliseconds since the plan began; undefined before. */
  opened: number | undefined;
  /** How often it was greeted. */
  greetings: number;
}

export interface SocketsParts {
  readonly routes: Routes;
  /** Frames that wait for a client that does not read. */
  readonly room: number;
  readonly owed: Owed;
  readonly conduct: Conduct;
  readonly granted: Granted;
  readonly held: Held;
}

/** API Gateway: holds the sockets, hands their frames to functions, and takes posts. */
export class Sockets {
  readonly #stage: Stage;
  readonly #routes: Routes;
  readonly #room: number;
  readonly #owed: Owed;
  readonly #conduct: Conduct;
  readonly #granted: Granted;
  /** Connections that the service removed all of while they were open: the gateway had given it cause. */
  readonly forgotten = new Set<string>();
  /** Every connection that was ever opened. */
  readonly everOpened = new Set<string>();
  readonly #sockets = new Map<string, Socket>();
  /** Whose each connection is, or was. */
  readonly #users = new Map<string, string>();
  readonly #readers = new Map<string, Reader>();
  /** Connections of which a function was told that they are gone while their handshake was under way. */
  readonly goneEarly = new Set<string>();
  /** Connections that some function has cause to take for gone, though they are not. */
  readonly #takenForGone = new Set<string>();
  #opened = 0;
  #untold = 0;

  constructor(stage: Stage, { routes, room, owed, conduct, granted, held }: SocketsParts) {
    this.#stage = stage;
    this.#routes = routes;
    this.#room = room;
    this.#owed = owed;
    this.#conduct = conduct;
    this.#granted = granted;
    held.follower = {
      removed: (id) => {
        const reader = this.#takenForGone.has(id) ? this.#openReader(id) : undefined;
        if (reader === undefined) return;
        this.forgotten.add(id);
        reader.isForgotten?.();
      },
      ended: (id, texts) => this.#openReader(id)?.isEnded?.(texts),
      found: (id, texts) => this.#openReader(id)?.isFound?.(texts),
    };
  }

  /** The connections that are open, by id, each with who is at its other end. */
  get open(): ReadonlyMap<string, Reader> {
    return new Map([...this.#sockets].flatMap(([id, { state, reader }]) => (state === 'open' ? [[id, reader]] : [])));
  }

  /** When each of them was opened, milliseconds since the plan began. */
  get opened(): ReadonlyMap<string, number> {
    return new Map([...this.#sockets].flatMap(([id, { opened }]) => (opened === undefined ? [] : [[id, opened]])));
  }

  /** What is wrong with the greetings of open connections. @param since - when the first of these was opened, at the earliest. */
  greetingProblems(since: number): readonly string[] {
    const now = this.#stage.time.elapsed();
    return [...this.#sockets].flatMap(([id, { state, opened, greetings }]) => {
      const isJudged = state === 'open' && opened !== undefined && opened >= since && opened <= now - GREETED;
      return isJudged && greetings === 0 ? [`${id} was never greeted`] : [];
    });
  }

  /** When the newest connection of a client was opened, milliseconds since the plan began. */
  openedAt(reader: Reader): number | undefined {
    return [...this.#sockets.values()].findLast((each) => each.reader === reader && each.state === 'open')?.opened;
  }

  /** The connections that a client opened last: it may have two at a time. */
  latestOf(reader: Reader): readonly string[] {
    const mine = [...this.#readers].flatMap(([id, each]) => (each === reader ? [id] : []));
    // One whose replacement failed lives on, and may be replaced again.
    return mine.filter((id, n) => n >= mine.length - 2 || this.#sockets.get(id)?.state === 'open');
  }

  /** Ends of connections that nobody has been told of yet. */
  get untold(): number {
    return this.#untold;
  }

  /** The class of sockets that a client has. */
  socketsOf(reader: Reader): WebSocketConstructor {
    return socketsTo({
      called: (ends, url, protocols) => this.#accept(ends, url, protocols, reader),
      took: (ends, text) => this.#take(ends, text),
      left: (ends) => this.#stage.time.after(1, () => this.#close(this.#socketOf(ends), ends, 1000)),
    });
  }

  /** The newest connection of a client breaks. @param isSilent - nobody is told, neither here nor there, for a while. */
  cut(reader: Reader, isSilent: boolean): void {
    const socket = [...this.#sockets.values()].findLast((each) => each.reader === reader && each.state === 'open');
    if (socket === undefined) return;
    this.#stage.story.tell(
      reader.name,
      `its connection ${socket.caller.id} breaks${isSilent ? ' without a word' : ''}`,
    );
    if (!isSilent) {
      this.#close(socket, socket.ends, 1006);
      return;
    }
    socket.isDeaf = true;
    this.#stage.time.after(20_000, () => this.#close(socket, socket.ends, 1006));
  }

  #openReader(id: string): Reader | undefined {
    const socket = this.#sockets.get(id);
    return socket?.state === 'open' ? socket.reader : undefined;
  }

  /** A function is told that a connection is gone, or could not close it. */
  #takeForGone(id: string): void {
    const socket = this.#sockets.get(id);
    if (socket === undefined || socket.state === 'closed') return;
    this.#takenForGone.add(id);
    if (socket.opened === undefined) this.goneEarly.add(id);
  }

  /** What posts of a function go through. */
  transport(environment: Environment): Transport {
    return {
      post: (_origin, path, _headers, body) => this.#posted(environment, path, body),
      end: async () => undefined,
    };
  }

  /** What a function asks else. */
  control(environment: Environment): Pick<Gateway, 'find' | 'close'> {
    const options = { dependency: 'gateway' } as const;
    return {
      find: ({ id }) =>
        environment.call('gateway.find', options, async () => {
          if (this.#openReader(id) !== undefined) return 'open';
          this.#takeForGone(id);
          return 'gone';
        }),
      close: async ({ id }) => {
        try {
          await environment.call('gateway.close', options, async () => {
            const socket = this.#sockets.get(id);
            if (socket !== undefined) this.#close(socket, socket.ends, 1001);
          });
        } catch (error) {
          this.#conduct.unclosed(environment, id);
          this.#takeForGone(id);
          throw error;
        }
      },
    };
  }

  #posted(environment: Environment, path: string, body: Uint8Array): Promise<number> {
    const { time, fate, story, away } = this.#stage;
    const id = decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
    const place = `${environment.name} post`;
    const fault = fate.befalls(place, OF_POSTS, 1, 'post');
    const random = fate.at(place);
    const [there, back, much] = [1 + random.below(5), random.below(4), random.next()];
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const answer = (after: number, status: () => number): void =>
      void time.after(after, () => {
        const said = status();
        time.after(back, () =>
          environment.onceAwake(() => {
            this.#conduct.answered(environment, id, names, said);
            resolve(said);
          }),
        );
      });
    const silent = (): void =>
      void time.after(SILENCE, () => environment.onceAwake(() => reject(new Error('the gateway does not answer'))));
    const take = (): number => this.#post(id, text, names);
    if (fault === 'away') this.#stage.goAway('gateway', Math.floor(much * 4_000));
    const isAway = away.has('gateway');
    story.note(environment.name, 'post', fault ?? (isAway ? 'away' : 'answered'), OUTCOMES);
    if (fault !== undefined || isAway) environment.befell('post');
    const text = new TextDecoder().decode(body);
    const names = eventsIn(text).map((event) => this.#nameOf(id, event));
    this.#conduct.posts(environment, id, names, text);
    if (isAway && (fault === undefined || fault === 'away')) {
      if (much < 0.5) answer(there, () => 503);
      else silent();
      return promise;
    }
    switch (fault) {
      case undefined:
        answer(there, take);
        break;
      case 'late':
        answer(there + Math.floor(much * 0.9 * SILENCE), take);
        break;
      case 'answer lost':
        time.after(there, take);
        silent();
        break;
      case 'refused':
        silent();
        break;
      case 'belated':
        silent();
        time.after(SILENCE + Math.floor(much * 4_000), take);
        break;
      case 'killed before':
        environment.end();
        break;
      case 'killed behind':
        time.after(there, take);
        time.after(there, () => environment.end());
        break;
      case 'frozen':
        answer(there, take);
        environment.freeze(FREEZES[Math.floor(much * FREEZES.length)]);
        break;
      case 'throttled':
        answer(there, () => 429);
        break;
      case 'falsely gone':
        answer(there, () => {
          this.#takeForGone(id);
          return 410;
        });
        break;
      case 'gateway error':
        answer(there, () => 500);
        break;
      default:
    }
    return promise;
  }

  /** A post comes. @returns its status */
  #post(id: string, text: string, names: readonly EventName[]): number {
    const socket = this.#sockets.get(id);
    if (socket?.state !== 'open') {
      this.#takeForGone(id);
      return 410;
    }
    if (socket.reader.unread >= this.#room) return 429;
    this.#send(socket, text);
    if (text.startsWith(GREETING)) socket.greetings++;
    for (const name of names) this.#owed.posted(id, name);
    this.#granted.posted(id, names);
    return 200;
  }

  #send(socket: Socket, text: string): void {
    const { time, fate } = this.#stage;
    if (socket.state !== 'open' || socket.isDeaf) return;
    const now = time.elapsed();
    socket.next = Math.max(socket.next, now + fate.at(`${socket.reader.name} hears`).below(20));
    time.after(socket.next - now, () => {
      if (socket.state === 'open' && !socket.isDeaf) socket.reader.reads(() => socket.ends.say(text));
    });
  }

  #accept(ends: ModelSocket, url: string, protocols: readonly string[], reader: Reader): void {
    const { time, fate, story } = this.#stage;
    const { searchParams } = new URL(url);
    const id = `c${++this.#opened}`;
    const handshake: Handshake = {
      id,
      user: searchParams.get('user') ?? 'anonymous',
      endpoint: ENDPOINT,
      capabilities: parseCapabilities(searchParams.get('capabilities') ?? undefined),
      token: protocols.find((name) => name.startsWith(BEARER))?.slice(BEARER.length),
    };
    const caller: Caller = { ...handshake, session: openSession(0) };
    const socket: Socket = {
      caller,
      ends,
      reader,
      state: 'handshake',
      isDeaf: false,
      next: 0,
      opened: undefined,
      greetings: 0,
    };
    const place = `${reader.name} handshake`;
    const isRefused = fate.befalls(place, ['handshake refused']) !== undefined;
    const wait = 5 + fate.at(place).below(30);
    if (isRefused) {
      time.after(wait, () => reader.reads(() => ends.shut(1006)));
      return;
    }
    this.#sockets.set(id, socket);
    this.#users.set(id, caller.user);
    time.after(wait, async () => {
      const connected = await this.#routes.connect(handshake);
      if (socket.state === 'closed') return;
      if (!connected.isDone || connected.answer === undefined) {
        // The gateway tells of no end of what it did not begin.
        socket.state = 'closed';
        this.#sockets.delete(id);
        story.tell(reader.name, `${id} is refused`);
        reader.reads(() => ends.shut(1006));
        return;
      }
      socket.caller = connected.answer;
      socket.state = 'open';
      socket.opened = time.elapsed();
      this.everOpened.add(id);
      this.#readers.set(id, reader);
      story.tell(reader.name, `${id} opens`);
      reader.reads(() => ends.open());
    });
  }

  /** How the history calls an event that a connection is posted. */
  #nameOf(id: string, { channel, private: mine, ...at }: EventMessage): EventName {
    const user = mine === true ? this.#users.get(id) : undefined;
    return nameOf({ channel, ...(user === undefined ? {} : { user }) }, at);
  }

  #socketOf(ends: ModelSocket): Socket | undefined {
    return [...this.#sockets.values()].find((socket) => socket.ends === ends);
  }

  #take(ends: ModelSocket, text: string): void {
    const { time, fate } = this.#stage;
    const socket = this.#socketOf(ends);
    if (socket === undefined || socket.isDeaf) return;
    time.after(1 + fate.at(`${socket.reader.name} says`).below(20), async () => {
      if (socket.state !== 'open' || socket.isDeaf) return;
      const { type } = JSON.parse(text) as { readonly type: string };
      const request = { caller: socket.caller, body: text };
      const answered = await (type === 'replay' ? this.#routes.replay(request) : this.#routes.message(request));
      if (!answered.isDone)
        this.#send(socket, JSON.stringify({ message: 'Internal server error', connectionId: socket.caller.id }));
      else if (answered.answer !== undefined) {
        const { caller } = socket;
        const mayPlace = isCompressed(answered.answer) || answered.answer.includes('"subscribed"');
        const said = mayPlace ? messagesIn(answered.answer)[0] : undefined;
        if (said?.type === 'subscribed') this.#owed.subscribed(caller.id, caller.user, said.positions);
        const { answer } = answered;
        const late = socket.reader.late?.(type) ?? 0;
        if (late === 0) this.#send(socket, answer);
        else time.after(late, () => this.#send(socket, answer));
      }
    });
  }

  #close(socket: Socket | undefined, ends: ModelSocket, code: number): void {
    const { fate, story, time } = this.#stage;
    if (socket === undefined) {
      ends.shut(code);
      return;
    }
    if (socket.state === 'closed') return;
    const wasOpen = socket.state === 'open';
    socket.state = 'closed';
    const { caller, reader } = socket;
    this.#sockets.delete(caller.id);
    this.#owed.ended(caller.id);
    story.tell(reader.name, `${caller.id} is closed (${code})`);
    reader.reads(() => ends.shut(code));
    if (!wasOpen) return;
    const place = `${reader.name} end`;
    const isUntold = fate.befalls(place, ['end untold']) !== undefined;
    const wait = fate.at(place).below(500);
    if (isUntold) return;
    this.#untold++;
    time.after(wait, async () => {
      await this.#routes.disconnect(caller.id);
      this.#untold--;
    });
  }
}
