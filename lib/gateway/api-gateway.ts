import type { Clock } from '../ports/clock.ts';
import type { Connection } from '../ports/connection.ts';
import { DependencyAway } from '../ports/dependency.ts';
import type { Gateway, Posted, PostObserver } from '../ports/gateway.ts';
import { ConnectionControl } from './control.ts';
import { Pace } from './pace.ts';
import { type SigningCredentials, SigV4 } from './sigv4.ts';
import { PooledTransport, type Transport } from './transport.ts';

export interface GatewaySettings {
  /** Address of the gateway this service stands behind. */
  readonly endpoint: string;
  readonly region: string;
  /** What requests are signed with, asked for each time, so that it may be rotated; undefined to send them unsigned. */
  readonly credentials: (() => SigningCredentials) | undefined;
}

const FIRST_BACKOFF = 25;
const MOST_BACKOFF = 1_000;

/** How many times its patience a post is tried while it is the quota that refuses it, and not its client. */
const CONGESTED_PATIENCE = 4;

interface Target {
  readonly endpoint: string;
  readonly origin: string;
  readonly host: string;
  /** Stage path, without a slash at its end. */
  readonly base: string;
}

/** Why a try came to no outcome. */
interface Refusal {
  readonly throttled: boolean;
  /** What to tell where it stays so and the gateway is at fault. */
  readonly failure?: unknown;
}

export interface GatewayParts {
  readonly transport?: Transport;
  readonly observer?: PostObserver;
}

const UNSIGNED: readonly string[] = [];

const UNOBSERVED: PostObserver = { posted: () => undefined, throttled: () => undefined };

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** API Gateway’s `@connections` interface, over pooled sockets that are kept alive. */
export class ApiGateway implements Gateway {
  readonly #settings: GatewaySettings;
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #observer: PostObserver;
  readonly #signer: SigV4 | undefined;
  readonly #control: ConnectionControl;
  readonly #pace = new Pace();
  readonly #targets = new Map<string, Target>();
  /** The one that was posted to last: nearly always the next one, too. */
  #last: Target | undefined;

  constructor(
    settings: GatewaySettings,
    clock: Clock,
    { transport = new PooledTransport(), observer = UNOBSERVED }: GatewayParts = {},
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#transport = transport;
    this.#observer = observer;
    this.#signer = settings.credentials && new SigV4(settings.credentials, settings.region);
    this.#control = new ConnectionControl(settings.region, settings.credentials);
  }

  async post(connection: Connection, frame: Uint8Array, patience: number): Promise<Posted> {
    const { origin, host, base } = this.#target(connection.endpoint);
    const path = `${base}/@connections/${encodeURIComponent(connection.id)}`;
    const began = this.#clock.elapsed();
    for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(2 * backoff, MOST_BACKOFF)) {
      const wait = this.#pace.turn(this.#clock.elapsed());
      if (wait > 0) await this.#clock.sleep(wait);

      const headers = this.#signer?.sign('POST', host, path, frame, this.#clock.now()) ?? UNSIGNED;
      let tried: Posted | Refusal;
      try {
        tried = this.#answered(await this.#transport.post(origin, path, headers, frame));
      } catch (failure) {
        tried = this.#unanswered(connection, failure);
      }
      const now = this.#clock.elapsed();
      if (typeof tried === 'string') {
        this.#observer.posted(tried, now - began);
        return tried;
      }

      // Jitter, so that those refused together do not come back together.
      const delay = backoff * (0.5 + Math.random() / 2);
      const congested = tried.throttled && this.#pace.congested(now);
      if (now + delay > began + patience * (congested ? CONGESTED_PATIENCE : 1)) {
        // A quota that is used up is no reason to close anyone's connection.
        if (congested) throw new DependencyAway('gateway', new Error('the quota of requests is used up'));
        if (tried.failure !== undefined) throw new DependencyAway('gateway', tried.failure);
        this.#observer.posted('stuck', now - began);
        return 'stuck';
      }
      await this.#clock.sleep(delay);
    }
  }

  async close({ endpoint, id }: Connection): Promise<void> {
    try {
      await this.#control.close(endpoint, id);
    } catch (cause) {
      if (this.#isForeign(endpoint) && codeOf(cause) === 'ECONNREFUSED') return;
      throw new DependencyAway('gateway', cause);
    }
  }

  async find({ endpoint, id }: Pick<Connection, 'id' | 'endpoint'>): Promise<'open' | 'gone' | 'unknown'> {
    try {
      return await this.#control.find(endpoint, id);
    } catch (cause) {
      if (this.#isForeign(endpoint) && codeOf(cause) === 'ECONNREFUSED') return 'gone';
      throw new DependencyAway('gateway', cause);
    }
  }

  /** Lets go of every socket. */
  async end(): Promise<void> {
    this.#control.end();
    await this.#transport.end();
  }

  /** What a status comes to. */
  #answered(status: number): Posted | Refusal {
    const now = this.#clock.elapsed();
    if (status === 429) {
      this.#pace.refused(now);
      this.#observer.throttled();
      return { throttled: true };
    }
    this.#pace.taken(now);
    if (status < 300) return 'taken';
    // The status alone: not every gateway names the exception.
    if (status === 410) return 'gone';
    // That we are not let in says nothing of the client; all of them would be closed for it.
    if (status === 401 || status === 403) {
      return { throttled: false, failure: new Error(`the gateway refuses the service with ${status}`) };
    }
    return { throttled: false };
  }

  #unanswered(connection: Connection, failure: unknown): Posted | Refusal {
    // A process that refuses connections holds no sockets. Only our own gateway is waited for to come back.
    if (this.#isForeign(connection.endpoint) && codeOf(failure) === 'ECONNREFUSED') return 'gone';
    return { throttled: false, failure };
  }

  #isForeign(endpoint: string): boolean {
    return endpoint !== this.#settings.endpoint;
  }

  #target(endpoint: string): Target {
    if (this.#last?.endpoint === endpoint) return this.#last;
    let target = this.#targets.get(endpoint);
    if (target === undefined) {
      const url = new URL(endpoint);
      target = { endpoint, origin: url.origin, host: url.host, base: url.pathname.replace(/\/+$/, '') };
      this.#targets.set(endpoint, target);
    }
    this.#last = target;
    return target;
  }
}
