import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

/** Milliseconds for which both directions are held, where nothing else is said. */
const HELD = 30;

/**
 * Stands between a client and a server and counts round trips: how often the client sent something after it had been
 * answered. What it sends without waiting, in however many commands, is one.
 */
export class RoundTrips {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Milliseconds. */
  readonly #held: number;
  #count = 0;

  private constructor(port: number, host: string, held: number) {
    this.#held = held;
    this.#server = createServer((client) => this.#join(client, createConnection(port, host)));
  }

  /**
   * @param held - milliseconds for which both directions are held: what is sent together arrives together, however TCP cuts
   *   it.
   */
  static async before(url: string, held = HELD): Promise<RoundTrips> {
    const { port, hostname } = new URL(url);
    const trips = new RoundTrips(Number(port), hostname, held);
    trips.#server.listen(0, '127.0.0.1');
    await once(trips.#server, 'listening');
    return trips;
  }

  /** The address of what stands behind it, through it. */
  through(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String((this.#server.address() as AddressInfo).port);
    return changed.href;
  }

  /** Round trips since the last time this was asked. */
  take(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    let answered = true;
    this.#pass(client, server, () => {
      if (answered) this.#count++;
      answered = false;
    });
    this.#pass(server, client, () => {
      answered = true;
    });
  }

  #pass(from: Socket, to: Socket, onPassed: () => void): void {
    this.#sockets.add(from);
    let held: Buffer[] = [];
    from.on('data', (bytes) => {
      held.push(bytes);
      if (held.length > 1) return;
      setTimeout(() => {
        onPassed();
        to.write(Buffer.concat(held));
        held = [];
      }, this.#held);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      to.destroy();
      this.#sockets.delete(from);
    });
  }
}
