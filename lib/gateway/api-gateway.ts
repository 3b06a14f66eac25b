import { Pool } from 'undici';
import { type Clock, type Connection, DependencyAway, type Gateway, type Posted } from '../ports.ts';
import { type SigningCredentials, SigV4 } from './sigv4.ts';

export interface GatewaySettings {
  /** Address of the gateway this service stands behind. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: SigningCredentials | undefined;
}

/** Sockets to one gateway. */
const SOCKETS = 128;

/** Milliseconds one request may take; API Gateway answers in tens. */
const REQUEST_TIMEOUT = 3_000;

const FIRST_BACKOFF = 25;
const MOST_BACKOFF = 1_000;

/** What a gateway answers that has no such interface. */
const NOT_SERVED = new Set([404, 405, 426]);

interface Target {
  readonly pool: Pool;
  readonly host: string;
  /** Stage path, without a slash at its end. */
  readonly base: string;
}

const isRefused = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';

/** API Gateway’s `@connections` interface, over pooled sockets that are kept alive. */
export class ApiGateway implements Gateway {
  readonly #settings: GatewaySettings;
  readonly #clock: Clock;
  readonly #signer: SigV4 | undefined;
  readonly #targets = new Map<string, Target>();

  constructor(settings: GatewaySettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#signer = settings.credentials && new SigV4(settings.credentials, settings.region);
  }

  async post(connection: Connection, frame: Uint8Array, patience: number): Promise<Posted> {
    const giveUp = this.#clock.now() + patience;
    for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(2 * backoff, MOST_BACKOFF)) {
      let failure: unknown;
      try {
        const status = await this.#request('POST', connection, frame);
        if (status < 300) return 'taken';
        // The status alone: not every gateway names the exception.
        if (status === 410) return 'gone';
      } catch (cause) {
        // A process that refuses connections holds no sockets. Only our own gateway is waited for to come back.
        if (isRefused(cause) && connection.endpoint !== this.#settings.endpoint) return 'gone';
        failure = cause;
      }
      // Jitter, so that those refused together do not come back together.
      const delay = backoff * (0.5 + Math.random() / 2);
      if (this.#clock.now() + delay > giveUp) {
        if (failure !== undefined) throw new DependencyAway('gateway', failure);
        return 'stuck';
      }
      await this.#clock.sleep(delay);
    }
  }

  async find(connection: Pick<Connection, 'id' | 'endpoint'>): Promise<'open' | 'gone' | 'unknown'> {
    let status: number;
    try {
      status = await this.#request('GET', connection, undefined);
    } catch (cause) {
      if (isRefused(cause) && connection.endpoint !== this.#settings.endpoint) return 'gone';
      throw new DependencyAway('gateway', cause);
    }
    if (status === 200) return 'open';
    if (status === 410) return 'gone';
    if (NOT_SERVED.has(status)) return 'unknown';
    throw new DependencyAway('gateway', new Error(`GET @connections answered ${status}`));
  }

  async close(connection: Connection): Promise<void> {
    try {
      await this.#request('DELETE', connection, undefined);
    } catch (cause) {
      throw new DependencyAway('gateway', cause);
    }
  }

  /** Lets go of every socket. */
  async end(): Promise<void> {
    await Promise.all([...this.#targets.values()].map(({ pool }) => pool.close()));
    this.#targets.clear();
  }

  async #request(
    method: 'POST' | 'GET' | 'DELETE',
    connection: Pick<Connection, 'id' | 'endpoint'>,
    body: Uint8Array | undefined,
  ): Promise<number> {
    const { pool, host, base } = this.#target(connection.endpoint);
    const path = `${base}/@connections/${encodeURIComponent(connection.id)}`;
    const response = await pool.request({
      method,
      path,
      headers: this.#signer?.sign(method, host, path, body, this.#clock.now()) ?? {},
      ...(body === undefined ? {} : { body }),
    });
    await response.body.dump();
    return response.statusCode;
  }

  #target(endpoint: string): Target {
    let target = this.#targets.get(endpoint);
    if (target === undefined) {
      const url = new URL(endpoint);
      target = {
        pool: new Pool(url.origin, {
          connections: SOCKETS,
          headersTimeout: REQUEST_TIMEOUT,
          bodyTimeout: REQUEST_TIMEOUT,
          connect: { timeout: REQUEST_TIMEOUT },
        }),
        host: url.host,
        base: url.pathname.replace(/\/+$/, ''),
      };
      this.#targets.set(endpoint, target);
    }
    return target;
  }
}
