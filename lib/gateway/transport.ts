import type { Dispatcher } from 'undici';
// The pool alone: the whole of the package is half of a bundle, and a third of the time a function takes to start.
import Pool from 'undici/lib/dispatcher/pool.js';

/** API Gateway answers in tens of milliseconds. */
const REQUEST_TIMEOUT = 3_000;

/**
 * Sockets to one gateway: as many as the fan-out posts to at once. A pool of more goes round all of its sockets, which
 * takes a fifth more work for each post.
 */
const SOCKETS = 128;

/** Further ones, for the others where requests hang on these. */
const SPARE_SOCKETS = 384;

/** Sends one POST and tells the status it is answered with. Rejects where there is no answer. */
export interface Transport {
  post(origin: string, path: string, headers: Record<string, string>, body: Uint8Array): Promise<number>;
  /** Lets go of every socket. */
  end(): Promise<void>;
}

/** Takes an answer in, of which only the status matters. */
class StatusHandler implements Dispatcher.DispatchHandler {
  readonly #resolve: (status: number) => void;
  readonly #reject: (error: Error) => void;
  #status = 0;

  constructor(resolve: (status: number) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onRequestStart(): void {}

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.#resolve(this.#status);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }
}

/** The sockets to one gateway. */
class Sockets {
  readonly #usual: Pool;
  readonly #spare: Pool;
  /** Requests on the usual ones. */
  #underWay = 0;

  constructor(origin: string, timeout: number) {
    const options = {
      headersTimeout: timeout,
      bodyTimeout: timeout,
      connect: { timeout },
      // A post is small and waits for nothing else: streams over one socket would only make it wait for that.
      allowH2: false,
    };
    this.#usual = new Pool(origin, { ...options, connections: SOCKETS });
    this.#spare = new Pool(origin, { ...options, connections: SPARE_SOCKETS });
  }

  async post(path: string, headers: Record<string, string>, body: Uint8Array): Promise<number> {
    if (this.#underWay >= SOCKETS) return postOver(this.#spare, path, headers, body);
    this.#underWay++;
    try {
      return await postOver(this.#usual, path, headers, body);
    } finally {
      this.#underWay--;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#usual.close(), this.#spare.close()]);
  }
}

const postOver = (pool: Pool, path: string, headers: Record<string, string>, body: Uint8Array): Promise<number> =>
  new Promise((resolve, reject) => {
    pool.dispatch({ method: 'POST', path, headers, body }, new StatusHandler(resolve, reject));
  });

/** POSTs over pooled sockets that are kept alive, without a stream per answer: that is most of what a request costs. */
export class PooledTransport implements Transport {
  readonly #sockets = new Map<string, Sockets>();
  readonly #timeout: number;

  /** @param timeout - milliseconds one request may take. */
  constructor(timeout = REQUEST_TIMEOUT) {
    this.#timeout = timeout;
  }

  post(origin: string, path: string, headers: Record<string, string>, body: Uint8Array): Promise<number> {
    let sockets = this.#sockets.get(origin);
    if (sockets === undefined) {
      sockets = new Sockets(origin, this.#timeout);
      this.#sockets.set(origin, sockets);
    }
    return sockets.post(path, headers, body);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#sockets.values()].map((sockets) => sockets.close()));
    this.#sockets.clear();
  }
}
