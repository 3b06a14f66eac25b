import { once } from 'node:events';
import { inflateSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { offeredProtocols } from '../../lib/protocol/subprotocol.ts';

export type Message = Record<string, unknown> & { readonly type: string };

const LARGEST_FRAME = 32_768;

/** A stock WebSocket client that writes down what it hears, whatever it travelled in. */
export class Client {
  readonly heard: Message[] = [];
  readonly socket: WebSocket;
  /** What messages came in, other than frames of their own. */
  readonly wrappers = new Set<string>();
  readonly #pieces = new Map<unknown, string[]>();
  #requests = 0;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      const message = this.#unwrapped(JSON.parse(String(data)) as Message);
      if (message === undefined) return;
      this.heard.push(message);
      for (const wake of this.#waiting) wake();
    });
  }

  /**
   * Connects as a user. Rejects where the handshake is refused.
   *
   * @param capabilities - as in the query parameter.
   */
  static async connect(url: string, user: string, capabilities = ''): Promise<Client> {
    const query = new URLSearchParams({ user, ...(capabilities === '' ? {} : { capabilities }) });
    return Client.over(new WebSocket(`${url}?${query}`));
  }

  /** Connects with a token, as a browser shows one. Rejects where the handshake is refused. */
  static async shown(url: string, token: string): Promise<Client> {
    return Client.over(new WebSocket(url, offeredProtocols(token)));
  }

  /** Takes a socket that is being opened. Rejects where the handshake is refused. */
  static async over(socket: WebSocket): Promise<Client> {
    const client = new Client(socket);
    await once(socket, 'open');
    return client;
  }

  /** What is in a chunk, once it is the last, or in what is compressed; a batch is left as it is. */
  #unwrapped(message: Message): Message | undefined {
    if (message.type !== 'chunk' && message.type !== 'compressed') return message;
    this.wrappers.add(message.type);
    const data = message['data'] as string;
    if (message.type === 'compressed') {
      return this.#unwrapped(JSON.parse(inflateSync(Buffer.from(data, 'base64')).toString()) as Message);
    }
    const pieces = this.#pieces.get(message['id']) ?? [];
    pieces[message['index'] as number] = data;
    this.#pieces.set(message['id'], pieces);
    if (Object.keys(pieces).length < (message['total'] as number)) return undefined;
    this.#pieces.delete(message['id']);
    return this.#unwrapped(JSON.parse(pieces.join('')) as Message);
  }

  /** Sends a message, a large one in several frames, since API Gateway takes none over 32 KB. */
  send(message: unknown): void {
    const bytes = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
    for (let sent = 0; sent < bytes.length || sent === 0; sent += LARGEST_FRAME) {
      const fin = sent + LARGEST_FRAME >= bytes.length;
      this.socket.send(bytes.subarray(sent, sent + LARGEST_FRAME), { binary: false, fin });
    }
  }

  /** Sends a request and waits for what answers it. */
  async request(message: Record<string, unknown>): Promise<Message> {
    const requestId = `r${++this.#requests}`;
    this.send({ ...message, requestId });
    return this.find((answer) => answer['requestId'] === requestId);
  }

  /** Waits for a message that fits, among those heard already too. */
  async find(fits: (message: Message) => boolean, patience = 60_000): Promise<Message> {
    const giveUp = Date.now() + patience;
    for (;;) {
      const found = this.heard.find(fits);
      if (found !== undefined) return found;
      const left = giveUp - Date.now();
      if (left <= 0) throw new Error(`Not heard in ${patience} ms. Heard: ${JSON.stringify(this.heard.slice(-20))}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      const timer = setTimeout(resolve, left);
      await promise;
      this.#waiting.delete(resolve);
      clearTimeout(timer);
    }
  }

  /** Waits until so many events have been heard, and returns all of them. */
  async events(count: number): Promise<Message[]> {
    await this.find(() => this.heard.filter(({ type }) => type === 'event').length >= count);
    return this.heard.filter(({ type }) => type === 'event');
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await once(this.socket, 'close');
  }
}
