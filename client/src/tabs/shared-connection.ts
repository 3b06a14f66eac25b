import { digestOf } from '../../../lib/protocol/digest.ts';
import { API_GATEWAY } from '../../../lib/protocol/transport.ts';
import { systemClock } from '../clock.ts';
import { REPLACED, type SocketMessage } from './messages.ts';
import { inPhases, type Phase } from './phases.ts';
import type { Platform } from './platform.ts';
import { type Inner, unwrapped } from './unwrapped.ts';

/** What a socket is opened with. */
export type Handshake = readonly [url: string, protocols: string[]];

/** A socket of a tab. */
interface Seat {
  /** Whether it is of the tab that has the connection. */
  readonly isOwn: boolean;
  readonly tell: (message: SocketMessage) => void;
  /** The channels and patterns that it is subscribed to. */
  readonly held: Set<string>;
}

/** What a client asks, as far as it matters who else asks for what. */
interface Request {
  readonly type: string;
  readonly requestId?: string;
  readonly channels?: readonly string[];
  readonly patterns?: readonly string[];
  readonly options?: { readonly sendInitialState?: boolean; readonly replayEvents?: boolean };
  readonly messages?: readonly Request[];
  readonly index?: number;
  readonly data?: string;
}

/** A request under way. */
interface Asked {
  readonly seat: Seat | undefined;
  readonly request: Request;
  readonly at: number;
  /** What the seat holds only if it is not refused. */
  readonly changed: readonly string[];
  readonly done: () => void;
}

type Single = Exclude<Inner, { readonly type: 'batch' }>;

const PHASES: Readonly<Record<string, Phase>> = {
  subscribe: 'subscribe',
  ping: 'look',
  replay: 'look',
  unsubscribe: 'change',
  auth: 'change',
};

/** Milliseconds after which who gives up on an answer is believed that the connection is dead. */
const PATIENCE = 4_000;

/** The number at the beginning of a request, as clients write it. */
const NUMBER = /^\{"requestId":"\d+"/;

const textsOf = ({ channels = [], patterns = [] }: Request): readonly string[] => [...channels, ...patterns];

/** Whether a message is the last of the answer to a request. */
const closes = (message: Single, { type, options }: Request): boolean => {
  const last = options?.replayEvents ? 'replay' : options?.sendInitialState ? 'state' : 'subscribed';
  const isWhole = !('final' in message) || message.final;
  return message.type === 'error' || (isWhole !== false && (type !== 'subscribe' || message.type === last));
};

/** A message with other fields. Of two that have one name JSON takes the last: so the rest stays as it was written. */
const withFields = (text: string, fields: object): string =>
  `${text.slice(0, text.lastIndexOf('}'))},${JSON.stringify(fields).slice(1)}`;

/** One connection to the service, for the sockets of many tabs. */
export interface SharedConnection {
  /** Whether it has not ended. */
  readonly isLive: () => boolean;
  /** Puts a socket on it. `isOwn`: of the tab that has the connection, which ends with it. */
  readonly join: (socket: string, isOwn: boolean, tell: Seat['tell']) => void;
  /** A tab's client has closed its socket. */
  readonly leave: (socket: string) => void;
  /** Sends a frame of a tab's client. */
  readonly take: (socket: string, text: string) => void;
  /** Ends it, with all that are on it. */
  readonly end: (message?: SocketMessage) => void;
}

export interface SharedConnectionOptions extends Pick<Platform, 'webSocket' | 'clock'> {
  readonly onOpen: () => void;
  /** Told of frames that hold nothing but events, which are for everyone. */
  readonly onEvents: (text: string) => void;
}

/**
 * Opens a connection for the sockets of many tabs. Each asks for itself and gets its own answers. What is asked about
 * subscriptions is answered by what that socket holds, once what the service holds was compared with what all do.
 */
export const shareConnection = (
  epoch: number,
  [url, protocols]: Handshake,
  { webSocket, clock, onOpen, onEvents }: SharedConnectionOptions,
): SharedConnection => {
  const seats = new Map<string, Seat>();
  const asked = new Map<string, Asked>();
  const inTurn = inPhases();
  /** Undefined before it is open, false once it has ended. */
  let isOpen: boolean | undefined;
  let count = 0;
  let heardAt = 0;
  let greeting = '';
  /** Milliseconds since any beginning, by a clock that nobody sets: what the service's says is handed on long after. */
  const elapsed = (): number => Math.floor((clock === systemClock ? performance : clock).now());
  /** How far the service's clock is ahead of that, in ms. */
  let ahead = 0;
  let expires: number | null = null;

  const tellAll = (text: string): void => {
    for (const { tell } of seats.values()) tell({ kind: 'heard', data: text });
  };

  /** Hands on how the service introduced itself, as if it did so now. */
  const greet = ({ tell }: Seat): void => {
    const fields = { timestamp: elapsed() + ahead, expires };
    if (greeting !== '') tell({ kind: 'heard', data: withFields(greeting, fields) });
  };

  const welcome = (seat: Seat): void => {
    seat.tell({ kind: 'opened', epoch });
    greet(seat);
  };

  const end = (message: SocketMessage = REPLACED): void => {
    if (isOpen === false) return;
    isOpen = false;
    for (const { tell } of seats.values()) tell(message);
    seats.clear();
    socket.close();
  };

  const leave = (name: string): void => {
    const seat = seats.get(name);
    if (seat === undefined) return;
    const isDead = [...asked.values()].some(
      (each) => each.seat === seat && each.at > heardAt && clock.now() - each.at >= PATIENCE,
    );
    seats.delete(name);
    // Without its own tab it would keep a client waiting that wants none any more.
    if (seat.isOwn || isDead) end();
    else change({ type: 'unsubscribe', channels: [...seat.held] });
  };

  /** Has a tab connect by itself. */
  const dismiss = (seat: Seat | undefined): void => {
    for (const [name, each] of seats) {
      if (each !== seat) continue;
      seat.tell({ ...REPLACED, isAlone: true });
      leave(name);
    }
  };

  /** A request under a number of this connection's own. */
  const numbered = (request: Request, seat?: Seat, done = () => {}, changed: readonly string[] = []): Request => {
    const requestId = `${++count}`;
    asked.set(requestId, { seat, request, at: clock.now(), changed, done });
    return { ...request, requestId };
  };

  const send = (request: object): void => {
    const text = JSON.stringify(request);
    if (!isOpen) return;
    // It fitted with a number of fewer digits.
    if (new TextEncoder().encode(text).length > API_GATEWAY.frameBytes) dismiss(asked.get(`${count}`)?.seat);
    else socket.send(text);
  };

  const allHeld = (): ReadonlySet<string> => new Set([...seats.values()].flatMap(({ held }) => [...held]));

  /** Does alone what takes something away: a token for all, or what no other socket holds. */
  const change = (request: Request, seat?: Seat): void =>
    inTurn('change', (done) => {
      const texts = textsOf(request);
      for (const text of texts) seat?.held.delete(text);
      const all = allHeld();
      const ended = texts.filter((text) => !all.has(text));
      const isAuth = request.type === 'auth';
      if (isAuth ? seat?.isOwn : ended.length > 0) {
        // One of the patterns that has no wildcards is a channel.
        send(numbered(isAuth ? request : { ...request, channels: [], patterns: ended }, seat, done));
        return;
      }
      // The session is renewed by the tab that has the connection, with its own token. The others are told how long it lasts.
      const { requestId } = request;
      const type = isAuth ? 'authenticated' : 'unsubscribed';
      const text = JSON.stringify({ type, requestId, expires, ended: [], time: elapsed() + ahead });
      seat?.tell({ kind: 'heard', data: text });
      done();
    });

  const take = (name: string, text: string): void => {
    const seat = seats.get(name);
    if (seat === undefined) return;
    const request: Request = JSON.parse(text);
    const { type, messages, index, data = '' } = request;
    const phase = PHASES[type];
    if (phase === 'change') change(request, seat);
    else if (phase !== undefined) {
      inTurn(phase, (done) => {
        const texts = type === 'subscribe' ? textsOf(request) : [];
        const changed = texts.filter((each) => !seat.held.has(each));
        for (const each of texts) seat.held.add(each);
        send(numbered(request, seat, done, changed));
      });
    } else if (messages !== undefined) send({ ...request, messages: messages.map((each) => numbered(each, seat)) });
    else if (type === 'chunk') {
      // The pieces of one message follow each other.
      if (index === 0) numbered(request, seat);
      const id = `${count}`;
      send({ ...request, requestId: id, id, data: data.replace(NUMBER, `{"requestId":"${id}"`) });
    } else send(numbered(request, seat));
  };

  /** Takes in a message of an answer, and hands it to who asked. */
  const answer = (id: string, { seat, request, changed, done }: Asked, message: Single, text: string): void => {
    const isLast = closes(message, request);
    if (isLast) asked.delete(id);
    let told = withFields(text, { requestId: request.requestId });
    if (message.type === 'error') {
      for (const each of changed) seat?.held.delete(each);
      if (request.type === 'unsubscribe') for (const each of textsOf(request)) seat?.held.add(each);
      // By itself a tab may hold as many as all of them together.
      if (message.error.code === 'TOO_MANY_SUBSCRIPTIONS' && seats.size > 1) dismiss(seat);
      // What a tab held that is gone nobody else ends. A new connection holds nothing.
      if (seat === undefined) end();
    } else if (message.type === 'authenticated') {
      expires = message.expires;
      // They are refused, which is told, where they are asked for anew.
      if (message.ended.length > 0) end();
    } else if (PHASES[request.type] === 'look' && 'subscriptions' in message && seat !== undefined) {
      const { digest, subscriptions } = message;
      const all = allHeld();
      told = withFields(told, { subscriptions: seat.held.size, digest: digest && digestOf(seat.held) });
      // The service lost some, or holds more than it is known to: a new connection holds nothing.
      if (subscriptions !== all.size || (digest !== undefined && digest !== digestOf(all))) end();
    }
    seat?.tell({ kind: 'heard', data: told });
    if (isLast) done();
  };

  const hear = (message: Inner, text: string): void => {
    const { type } = message;
    if (type === 'event') onEvents(text);
    else if (type === 'batch') {
      if (message.messages.every((each) => each.type === 'event')) onEvents(text);
      else for (const each of message.messages) hear(each, JSON.stringify(each));
    } else if (type === 'connection') {
      greeting = text;
      ahead = message.timestamp - elapsed();
      expires = message.expires ?? null;
      for (const seat of seats.values()) greet(seat);
    } else {
      const id = 'requestId' in message ? String(message.requestId) : '';
      const found = asked.get(id);
      const isOver = type === 'error' && message.error.code.startsWith('SESSION_');
      // Whoever asked, it is for all.
      if (isOver || id === '') tellAll(JSON.stringify({ ...message, requestId: undefined }));
      else if (found !== undefined) answer(id, found, message, text);
    }
  };

  const read = unwrapped(
    hear,
    // Each client does with it what it does with one of its own.
    tellAll,
  );
  const socket = new webSocket(url, protocols);
  socket.onopen = () => {
    if (isOpen === false) return;
    isOpen = true;
    for (const seat of seats.values()) welcome(seat);
    onOpen();
  };
  socket.onmessage = ({ data }: { data: string }) => {
    heardAt = clock.now();
    read(data);
  };
  socket.onclose = ({ code, reason }: { code: number; reason: string }) => end({ kind: 'closed', code, reason });
  socket.onerror = () => undefined;
  return {
    isLive: () => isOpen !== false,
    join(name, isOwn, tell) {
      if (seats.has(name)) return;
      const seat = { isOwn, tell, held: new Set<string>() };
      seats.set(name, seat);
      if (isOpen) welcome(seat);
    },
    leave,
    take,
    end,
  };
};
