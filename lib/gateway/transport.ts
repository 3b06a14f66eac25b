import type { Dispatcher } from 'undici';
import { buildConnector, Client } from '../inside/undici.ts';

/** API Gateway answers in tens of milliseconds. */
const REQUEST_TIMEOUT = 3_000;

/** Sockets to one gateway: the posts the fan-out makes at once, thrice over for those that hang. */
const MOST_SOCKETS = 512;

/** Sends requests and tells the status they are answered with. Rejects where there is no answer. */
export interface Transport {
  /** @param headers - names and values by turns. */
  post(origin: string, path: string, headers: readonly string[], body: Uint8Array): Promise<number>;
  /** Lets go of every socket. */
  end(): Promise<void>;
}

/** A request on its way. Takes the answer in, of which only the status matters. */
class Request implements Dispatcher.DispatchHandler {
  readonly #sockets: Sockets;
  readonly #options: Dispatcher.DispatchOptions;
  readonly #resolve: (status: number) => void;
  readonly #reject: (error: Error) => void;
  #client: Client | undefined;
  #status = 0;

  constructor(
    sockets: Sockets,
    options: Dispatcher.DispatchOptions,
    resolve: (status: number) => void,
    reject: (error: Error) => void,
  ) {
    this.#sockets = sockets;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Sends it over a socket that is free. */
  over(client: Client): void {
    this.#client = client;
    client.dispatch(this.#options, this);
  }

  onRequestStart(): void {}

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.#sockets.free(this.#client as Client);
    this.#resolve(this.#status);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#sockets.free(this.#client as Client);
    this.#reject(error);
  }
}

/**
 * The sockets to one gateway, each for one request at a time. The last to become free is the first to be used: as many are
 * open as requests are under way, and none is looked for. undici’s own pool goes through those it has.
 */
class Sockets {
  readonly #origin: string;
  readonly #most: number;
  readonly #options: Client.Options;
  readonly #clients: Client[] = [];
  readonly #free: Client[] = [];
  readonly #waiting: Request[] = [];

  constructor(origin: string, most: number, timeout: number) {
    this.#origin = origin;
    this.#most = most;
    this.#options = {
      headersTimeout: timeout,
      bodyTimeout: timeout,
      // One for all, since it remembers TLS sessions, which are resumed at less cost than a new one has. No HTTP/2: a post
      // is small and waits for nothing else; streams over one socket would only make it wait for that.
      connect: buildConnector({ timeout, allowH2: false }),
      // There is never more than one. But a client that may have no more waits for a turn of the event loop after each
      // answer, beside the one for which it looks at a socket before it uses it again.
      pipelining: 2,
    };
  }

  send(options: Dispatcher.DispatchOptions): Promise<number> {
    return new Promise((resolve, reject) => {
      const request = new Request(this, options, resolve, reject);
      const client = this.#free.pop() ?? this.#open();
      if (client === undefined) this.#waiting.push(request);
      else request.over(client);
    });
  }

  /** The answer to a client’s request has come, or will not. */
  free(client: Client): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(client);
    else next.over(client);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  #open(): Client | undefined {
    if (this.#clients.length === this.#most) return undefined;
    const client = new Client(this.#origin, this.#options);
    this.#clients.push(client);
    return client;
  }
}

/** Requests over pooled sockets that are kept alive, without a stream per answer: that is most of what a request costs. */
export class PooledTransport implements Transport {
  readonly #sockets = new Map<string, Sockets>();
  readonly #timeout: number;
  readonly #most: number;

  /**
   * @param timeout - milliseconds one request may take.
   * @param most - sockets to one gateway; further requests wait for one to become free.
   */
  constructor(timeout = REQUEST_TIMEOUT, most = MOST_SOCKETS) {
    this.#timeout = timeout;
    this.#most = most;
  }

  post(origin: string, path: string, headers: readonly string[], body: Uint8Array): Promise<number> {
    return this.#to(origin).send({ method: 'POST', path, headers: headers as string[], body });
  }

  async end(): Promise<void> {
    await Promise.all([...this.#sockets.values()].map((sockets) => sockets.close()));
    this.#sockets.clear();
  }

  #to(origin: string): Sockets {
    let sockets = this.#sockets.get(origin);
    if (sockets === undefined) {
      sockets = new Sockets(origin, this.#most, this.#timeout);
      this.#sockets.set(origin, sockets);
    }
    return sockets;
  }
}
