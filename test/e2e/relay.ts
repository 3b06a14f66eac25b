import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands in front of a server and can make it hang or go away for whoever connects through here. */
export class Relay {
  readonly url: string;
  readonly #server: Server;
  readonly #port: number;
  readonly #sockets: Set<Socket>;
  readonly #state: { hanging: boolean };

  private constructor(url: string, server: Server, port: number, sockets: Set<Socket>, state: { hanging: boolean }) {
    this.url = url;
    this.#server = server;
    this.#port = port;
    this.#sockets = sockets;
    this.#state = state;
  }

  /** @param target - address of the server. */
  static async before(target: string): Promise<Relay> {
    const url = new URL(target);
    const { port, hostname } = url;
    const sockets = new Set<Socket>();
    const state = { hanging: false };
    const server = createServer((inner) => {
      const outer = connect(Number(port), hostname);
      for (const [from, to] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        sockets.add(from);
        from.on('error', () => undefined);
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
      if (state.hanging) for (const socket of [inner, outer]) socket.unpipe().pause();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = (server.address() as AddressInfo).port;
    url.port = String(own);
    url.hostname = '127.0.0.1';
    return new Relay(url.href.replace(/\/$/, ''), server, own, sockets, state);
  }

  /** Takes connections and says nothing any more. */
  hang(): void {
    this.#state.hanging = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Cuts every connection and refuses others. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Is as it was. What hung is cut, as a server that comes back cuts it. */
  async resume(): Promise<void> {
    this.#state.hanging = false;
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) return;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }
}
