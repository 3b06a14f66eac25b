import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** How bytes pass: at once; after a delay (milliseconds); or not, while everything looks well. */
type Passing = 'at once' | 'not' | { readonly delay: number };

interface Pair {
  readonly sockets: readonly [Socket, Socket];
  /** Its own way, where that differs from the proxy’s. */
  passing: Passing | undefined;
  /** The next answer is lost, and the connection with it. */
  losing: boolean;
  /** What waits for a pair that does not pass. */
  readonly held: (() => void)[];
  /** What takes longer, oldest first. */
  readonly delayed: (() => void)[];
}

/** Stands between two ends of a connection and spoils it. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #passing: Passing = 'at once';
  #target: number;
  readonly #onSent: (bytes: Buffer) => void;

  private constructor(target: number, onSent: (bytes: Buffer) => void) {
    this.#target = target;
    this.#onSent = onSent;
    this.#server = createServer((socket) => this.#join(socket, connect(this.#target, '127.0.0.1')));
  }

  /**
   * @param target - the port that is stood in front of, of the loopback interface.
   * @param onSent - told of what is sent to it.
   */
  static async start(target: number, onSent: (bytes: Buffer) => void = () => undefined): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, onSent);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#pairs.size;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stands in front of another port from now on, as a name that comes to mean another server; old connections stay. */
  aim(target: number): void {
    this.#target = target;
  }

  /** Resets every connection. */
  cut(): void {
    for (const { sockets } of this.#pairs) for (const socket of sockets) socket.resetAndDestroy();
  }

  /** Half-open: nothing passes over today’s connections any more, for ever, and nobody is told. New ones are well. */
  forget(): void {
    for (const pair of this.#pairs) pair.passing = 'not';
  }

  /** Nothing passes, over old connections or new, until `resume`. */
  stall(): void {
    this.#passing = 'not';
  }

  /** Everything takes longer, until `resume`. @param delay - milliseconds. */
  slow(delay: number): void {
    this.#passing = { delay };
  }

  /** What is answered next never arrives: it was carried out, its connection is reset, and nobody knows. */
  loseReply(): void {
    for (const pair of this.#pairs) pair.losing = true;
  }

  /** Everything passes again, what was held first. */
  resume(): void {
    this.#passing = 'at once';
    for (const pair of this.#pairs) {
      if (pair.passing === 'not') continue;
      for (const pass of pair.held.splice(0)) pass();
    }
  }

  async stop(): Promise<void> {
    for (const { sockets } of this.#pairs) for (const socket of sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: Socket, far: Socket): void {
    const pair: Pair = { sockets: [near, far], passing: undefined, losing: false, held: [], delayed: [] };
    this.#pairs.add(pair);
    near.on('data', (bytes: Buffer) => this.#onSent(bytes));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true);
      from.on('data', (bytes) => {
        if (pair.losing && from === far) for (const socket of pair.sockets) socket.resetAndDestroy();
        else this.#pass(pair, () => void to.write(bytes));
      });
      from.on('end', () => this.#pass(pair, () => void to.end()));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        // What does not pass does not tell of an end either.
        if ((pair.passing ?? this.#passing) !== 'not') to.destroy();
        if (near.destroyed && far.destroyed) this.#pairs.delete(pair);
      });
    }
  }

  #pass(pair: Pair, pass: () => void): void {
    const passing = pair.passing ?? this.#passing;
    if (passing === 'not' || pair.held.length > 0) {
      pair.held.push(pass);
    } else if (passing === 'at once') {
      // Nothing overtakes what was slow.
      for (const earlier of pair.delayed.splice(0)) earlier();
      pass();
    } else {
      pair.delayed.push(pass);
      setTimeout(() => pair.delayed.shift()?.(), passing.delay);
    }
  }
}

/** The port of an address. */
export const portOf = (url: string): number => Number(new URL(url).port);

/** An address by way of a proxy. */
export const through = (url: string, proxy: TcpProxy): string => {
  const changed = new URL(url);
  changed.port = String(proxy.port);
  return changed.href;
};
