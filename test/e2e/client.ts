import { once } from 'node:events';
import { WebSocket } from 'ws';

export type Message = Record<string, unknown> & { readonly type: string };

const LARGEST_FRAME = 32_768;

/** A stock WebSocket client that writes down what it hears. */
export class Client {
  readonly heard: Message[] = [];
  readonly socket: WebSocket;
  #requests = 0;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      this.heard.push(JSON.parse(String(data)) as Message);
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

  /** Takes a socket that is being opened. Rejects where the handshake is refused. */
  static async over(socket: WebSocket): Promise<Client> {
    const client = new Client(socket);
    await once(socket, 'open');
    return client;
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
  async find(fits: (message: Message) => boolean, patience = 15_000): Promise<Message> {
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
