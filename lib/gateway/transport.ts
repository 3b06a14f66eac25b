import type { Dispatcher } from 'undici';
// The pool alone: the whole of the package is half of a bundle, and a third of the time a function takes to start.
import Pool from 'undici/lib/dispatcher/pool.js';

/** API Gateway answers in tens of milliseconds. */
const REQUEST_TIMEOUT = 3_000;

/**
 * Sockets to one gateway. More than the fan-out posts to at once, so that requests which hang leave some for the others.
 */
const SOCKETS = 512;

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

/** POSTs over pooled sockets that are kept alive, without a stream per answer: that is most of what a request costs. */
export class PooledTransport implements Transport {
  readonly #pools = new Map<string, Pool>();
  readonly #timeout: number;

  /** @param timeout - milliseconds one request may take. */
  constructor(timeout = REQUEST_TIMEOUT) {
    this.#timeout = timeout;
  }

  post(origin: string, path: string, headers: Record<string, string>, body: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#pool(origin).dispatch({ method: 'POST', path, headers, body }, new StatusHandler(resolve, reject));
    });
  }

  async end(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    this.#pools.clear();
  }

  #pool(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, {
        connections: SOCKETS,
        headersTimeout: this.#timeout,
        bodyTimeout: this.#timeout,
        connect: { timeout: this.#timeout },
        // A post is small and waits for nothing else: streams over one socket would only make it wait for that.
        allowH2: false,
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }
}
