import type { ConnectionMessage } from '../../../client/src/index.ts';
import type { ReplaySummary } from '../../../client/src/messages.ts';
import { type FarEnd, type ModelSocket, socketsTo } from '../../../client/testing/socket.ts';
import type { ModelClock } from './model/model-clock.ts';

/** Points on the way of a socket, in their order. */
export type Moment = 'made' | 'before open' | 'open' | 'before greeting' | 'greeted';

/** A request as it was sent. */
export interface Sent {
  readonly type: string;
  readonly requestId?: string;
  readonly messages?: readonly Sent[];
  readonly [field: string]: unknown;
}

export interface Script {
  /** Milliseconds from a handshake to its answer, from that to the greeting, from a request to its answer. */
  readonly opens?: number;
  /** `never` where the greeting is lost. */
  readonly greets?: number | 'never';
  readonly answers?: number;
  /** Whose session it is, by the address of the socket; `alice`’s, whoever asks. */
  readonly userOf?: (url: string) => string;
  /** Milliseconds from the greeting to the end of the session. */
  readonly expires?: number;
  /** What of the greeting is otherwise. */
  readonly limits?: Readonly<Partial<ConnectionMessage['limits']>>;
  readonly features?: Readonly<Partial<ConnectionMessage['server']['features']> & { readonly sequences?: boolean }>;
  /** What a frame is answered that is refused before it is looked into; undefined for one that is not. */
  readonly refuses?: (frame: Sent, time: number) => object | undefined;
  /** What else a request is answered, by its type. */
  readonly instead?: Readonly<Record<string, (request: Sent) => object>>;
  /** Whether nothing passes between the two, either way; what is sent meanwhile is gone. */
  readonly isSilent?: () => boolean;
  /** Told of each moment of each socket, the first being 1. */
  readonly on?: (moment: Moment, socket: number) => unknown;
}

/** What an answer to `replay` says where nothing is missing. */
export const NOTHING_LOST = {
  recovered: true,
  truncated: false,
  lost: [],
  lostPrivate: [],
  positions: {},
  next: null,
} satisfies Partial<ReplaySummary>;

/** A service with nothing in it, which answers as the protocol has it, by a script. */
export class ScriptedService implements FarEnd {
  readonly sockets: ModelSocket[] = [];
  /** What was sent on each socket, batches undone. */
  readonly sent: Sent[][] = [];
  /** How many frames were sent. */
  frames = 0;
  readonly webSocket = socketsTo(this);
  readonly #clock: ModelClock;
  readonly #script: Required<Omit<Script, 'expires'>> & Pick<Script, 'expires'>;
  readonly #pieces = new Map<string, string[]>();

  constructor(clock: ModelClock, script: Script = {}) {
    this.#clock = clock;
    this.#script = {
      opens: 100,
      greets: 100,
      answers: 10,
      instead: {},
      on: () => undefined,
      limits: {},
      features: {},
      refuses: () => undefined,
      isSilent: () => false,
      userOf: () => 'alice',
      ...script,
    };
  }

  /** How many requests of a type were sent. */
  count(type: string): number {
    return this.sent.flat().filter((request) => request.type === type).length;
  }

  /** Says something on the newest socket. */
  say(message: object): void {
    this.sockets.at(-1)?.say(JSON.stringify(message));
  }

  called(socket: ModelSocket, url: string): void {
    const { opens, greets, on, isSilent } = this.#script;
    const number = this.sockets.push(socket);
    this.sent.push([]);
    on('made', number);
    if (isSilent()) return;
    this.#clock.after(opens, () => {
      on('before open', number);
      socket.open();
      on('open', number);
      if (greets === 'never') return;
      this.#clock.after(greets, () => {
        on('before greeting', number);
        socket.say(JSON.stringify(this.#greeting(number, url)));
        on('greeted', number);
      });
    });
  }

  took(socket: ModelSocket, text: string): void {
    if (this.#script.isSilent()) return;
    this.frames++;
    const came = JSON.parse(text) as Sent;
    const refusal = this.#script.refuses(came, this.#clock.now());
    if (refusal !== undefined) {
      this.#clock.after(this.#script.answers, () => socket.say(JSON.stringify(refusal)));
      return;
    }
    const frame = came.type === 'chunk' ? this.#joined(came) : came;
    if (frame === undefined) return;
    const requests = frame.type === 'batch' ? (frame.messages ?? []) : [frame];
    this.sent[this.sockets.indexOf(socket)]?.push(...requests);
    this.#clock.after(this.#script.answers, () => {
      for (const answer of requests.flatMap((request) => this.#answersTo(request))) socket.say(JSON.stringify(answer));
    });
  }

  left(socket: ModelSocket): void {
    this.#clock.after(1, () => socket.shut(1000));
  }

  /** The message whose last piece this is. */
  #joined({ id, index, total, data }: Sent): Sent | undefined {
    const pieces = this.#pieces.get(String(id)) ?? [];
    pieces[Number(index)] = String(data);
    this.#pieces.set(String(id), pieces);
    return Object.keys(pieces).length === total ? (JSON.parse(pieces.join('')) as Sent) : undefined;
  }

  #greeting(number: number, url: string): ConnectionMessage {
    const { expires, userOf } = this.#script;
    const features = {
      batch: true,
      compression: true,
      patterns: true,
      replay: true,
      rateLimit: true,
      messageQueue: true,
      sequences: true,
      ...this.#script.features,
    };
    return {
      type: 'connection',
      protocol: 1,
      connectionId: `c${number}`,
      userId: userOf(url),
      timestamp: this.#clock.now(),
      expires: expires === undefined ? null : this.#clock.now() + expires,
      server: { features },
      limits: {
        messageSize: 1e6,
        heartbeatInterval: 30_000,
        subscriptions: 1_000,
        batch: 100,
        replay: 10_000,
        ...this.#script.limits,
      },
    };
  }

  #answersTo(request: Sent): object[] {
    const { type, requestId, channels = [], patterns = [], options } = request;
    const time = this.#clock.now();
    const other = this.#script.instead[type];
    if (other !== undefined) return [{ requestId, ...other(request) }];
    const whole = { requestId, events: [], final: true };
    const replay = {
      ...whole,
      ...NOTHING_LOST,
      type: 'replay',
      time,
      subscriptions: Number.MAX_SAFE_INTEGER,
    };
    if (type === 'subscribe') {
      const { sendInitialState = false, replayEvents = false } = (options ?? {}) as Record<string, boolean>;
      return [
        { type: 'subscribed', requestId, channels, patterns, positions: {}, time },
        ...(sendInitialState ? [{ type: 'state', ...whole }] : []),
        ...(replayEvents ? [replay] : []),
      ];
    }
    const answers: Record<string, object> = {
      unsubscribe: { type: 'unsubscribed', requestId, channels, patterns, time },
      broadcast: { type: 'ack', requestId, id: request['id'] },
      replay,
      ping: { type: 'pong', requestId, time, subscriptions: Number.MAX_SAFE_INTEGER },
      compression: { type: 'compression', requestId, enabled: request['enable'] },
      auth: { type: 'authenticated', requestId, expires: null, ended: [] },
    };
    return [answers[type] ?? { type: 'error', requestId, error: { code: 'UNKNOWN_TYPE', message: type } }];
  }
}
