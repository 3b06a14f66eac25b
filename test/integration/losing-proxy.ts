import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const CRLF = '\r\n';

/**
 * Where a reply of Redis (RESP 2) that begins at a place ends.
 *
 * @returns undefined where the rest of it has not come yet.
 */
const endOf = (bytes: Buffer, from: number): number | undefined => {
  const eol = bytes.indexOf(CRLF, from);
  if (eol === -1) return undefined;
  const next = eol + CRLF.length;
  const size = Number(bytes.toString('latin1', from + 1, eol));
  switch (String.fromCharCode(bytes[from] as number)) {
    case '$':
      return size < 0 ? next : next + size + CRLF.length <= bytes.length ? next + size + CRLF.length : undefined;
    case '*': {
      let at: number | undefined = next;
      for (let i = 0; i < size && at !== undefined; i++) at = at < bytes.length ? endOf(bytes, at) : undefined;
      return at;
    }
    default:
      return next;
  }
};

/**
 * Stands before a Redis, and loses a reply: the command is carried out, and the connection ends before its answer
 * arrives. What was answered before is passed on.
 */
export class LosingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #left = Number.POSITIVE_INFINITY;
  #seen = 0;

  private constructor(target: number) {
    this.#server = createServer((client) => this.#join(client, connect(target, '127.0.0.1')));
  }

  static async before(target: number): Promise<LosingProxy> {
    const proxy = new LosingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Loses one reply: the n-th from now on, counted from 0. Further ones are passed on. */
  lose(n: number): void {
    this.#left = n;
    this.#seen = 0;
  }

  /** Loses none any more. @returns whether one was lost since it was told to. */
  spare(): boolean {
    const isLost = this.#left < 0;
    this.#left = Number.POSITIVE_INFINITY;
    return isLost;
  }

  /** Replies since it was told to lose one. */
  get seen(): number {
    return this.#seen;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    client.on('data', (bytes) => void server.write(bytes));
    let waiting = Buffer.alloc(0);
    server.on('data', (bytes: Buffer) => {
      waiting = Buffer.concat([waiting, bytes]);
      let end = 0;
      for (
        let next = endOf(waiting, 0);
        next !== undefined;
        next = next < waiting.length ? endOf(waiting, next) : undefined
      ) {
        this.#seen++;
        if (this.#left-- === 0) {
          client.end(waiting.subarray(0, end), () => client.destroy());
          server.destroy();
          return;
        }
        end = next;
      }
      if (end > 0) client.write(waiting.subarray(0, end));
      waiting = waiting.subarray(end);
    });
  }
}
