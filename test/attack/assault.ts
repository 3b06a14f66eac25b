import { setTimeout as pause } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { tokenFor } from '../tokens.ts';

/** Where the service is, and what an attacker may know of it. */
export interface Target {
  readonly websocketUrl: string;
  readonly httpUrl: string;
  /** Port at which functions are called. */
  readonly lambdaPort: number;
  /** The name of a connection that is somebody else’s. */
  readonly connectionId: string;
  /** A channel that others hear and publish to. */
  readonly channel: string;
  readonly milliseconds: number;
  /** Tells the users of one round from those of another: what one used up is no other’s. */
  readonly round: string;
}

/** What went on at the attacker’s side. */
export interface Assaulted {
  /** Frames, requests and handshakes. */
  readonly sent: number;
  readonly bytes: number;
  readonly answers: number;
  /** Errors, closed connections and refused handshakes. */
  readonly refused: number;
  /** What should not have been possible. */
  readonly breaches: readonly string[];
}

interface Opening {
  readonly subscribe?: readonly string[];
  readonly publish?: readonly string[];
  /** Seconds for which its token is good. */
  readonly life?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const CAPABILITIES = 'batch,chunk,compression';
const HANDSHAKE = 500;

export const compressed = (message: unknown): string =>
  JSON.stringify({
    type: 'compressed',
    encoding: 'deflate',
    data: deflateSync(typeof message === 'string' ? message : JSON.stringify(message)).toString('base64'),
  });

/** One attack, or as much lawful load, with what it needs and what it saw. */
export class Assault {
  readonly target: Target;
  readonly breaches: string[] = [];
  #sent = 0;
  #bytes = 0;
  #answers = 0;
  #refused = 0;
  readonly #end: number;

  constructor(target: Target) {
    this.target = target;
    this.#end = performance.now() + target.milliseconds;
  }

  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  /** A name that no other round has. */
  name(of: string): string {
    return `${of}-${this.target.round}`;
  }

  token(user: string, { subscribe = [], publish = [], life = 600 }: Opening = {}): Promise<string> {
    const exp = Math.floor(Date.now() / 1_000) + life;
    return tokenFor(this.name(user), { exp, channels: { subscribe, publish } });
  }

  /** @returns undefined if the handshake is refused. */
  async socket(user: string, opening: Opening = {}, shown?: string): Promise<WebSocket | undefined> {
    const token = shown ?? (await this.token(user, opening));
    const headers = { authorization: `Bearer ${token}`, ...opening.headers };
    const socket = new WebSocket(`${this.target.websocketUrl}?capabilities=${CAPABILITIES}`, { headers });
    this.count(HANDSHAKE + token.length);
    let isOpen = false;
    return new Promise((resolve) => {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (!this.isOver || !isOpen) this.#refused++;
        resolve(undefined);
      });
      socket.on('open', () => {
        isOpen = true;
        resolve(socket);
      });
      socket.on('message', (data: Buffer) => {
        this.#answers++;
        if (data.subarray(0, 100).includes('"type":"error"')) this.#refused++;
      });
    });
  }

  /** Several at once, of one user or of one for each. */
  async sockets(count: number, userOf: (at: number) => string, opening: Opening = {}): Promise<readonly WebSocket[]> {
    const opened: WebSocket[] = [];
    for (let at = 0; at < count; at++) {
      const socket = await this.socket(userOf(at), opening);
      if (socket !== undefined) opened.push(socket);
    }
    return opened;
  }

  send(socket: WebSocket, message: unknown): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    const frame = typeof message === 'string' ? message : JSON.stringify(message);
    this.count(frame.length);
    socket.send(frame);
  }

  async request(method: string, path: string, token: string, body?: unknown, headers: object = {}): Promise<number> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    this.count((text?.length ?? 0) + HANDSHAKE);
    const answer = await fetch(`${this.target.httpUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(text === undefined ? {} : { body: text }),
    });
    await answer.arrayBuffer();
    this.#answers++;
    if (!answer.ok) this.#refused++;
    return answer.status;
  }

  /** Does something so often, counted from the beginning, until time is over; and waits for none of it. */
  async often(perSecond: number, act: (turn: number) => unknown): Promise<void> {
    const began = performance.now();
    for (let turn = 0; !this.isOver; turn++) {
      void Promise.resolve(act(turn)).catch(() => this.#refused++);
      const wait = began + (1_000 * (turn + 1)) / perSecond - performance.now();
      if (wait > 0) await pause(Math.min(wait, this.target.milliseconds));
    }
  }

  async rest(): Promise<void> {
    await pause(Math.max(0, this.#end - performance.now()));
  }

  get assaulted(): Assaulted {
    return {
      sent: this.#sent,
      bytes: this.#bytes,
      answers: this.#answers,
      refused: this.#refused,
      breaches: [...new Set(this.breaches)].slice(0, 5),
    };
  }

  /** Notes that something was sent. */
  count(bytes: number): void {
    this.#sent++;
    this.#bytes += bytes;
  }
}
