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

/**
 * Questions about a connection that must all be answered before it, and not the quota, counts as what refuses its posts.
 * Of posts that a quota refuses at random, however many it does, one in ten thousand is refused a dozen times over its
 * patience and then has that many questions answered.
 */
const QUESTIONS = 5;

/** Refusals of a post in a row after which a first question is asked, to tell a quota from a client. */
const ASKED_AFTER = 2;

/** Milliseconds between them, in which a quota that is used up is filled by very little. */
const BETWEEN_QUESTIONS = 25;

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

const isThrottled = (tried: Posted | Refusal): boolean => typeof tried !== 'string' && tried.throttled;

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
    const path = `${this.#target(connection.endpoint).base}/@connections/${encodeURIComponent(connection.id)}`;
    const began = this.#clock.elapsed();
    let [waited, refusals, patiences] = [0, 0, 1];
    for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(2 * backoff, MOST_BACKOFF)) {
      // Not by a function of its own: nearly no post waits, and each promise costs one.
      const wait = this.#pace.turn(this.#clock.elapsed());
      if (wait > 0) await this.#clock.sleep(wait);
      waited += wait;
      const tried = await this.#tried(connection, path, frame);
      // A moment later there was room: that was the quota.
      if (tried === 'taken' && refusals === 1) this.#pace.usedUp(this.#clock.elapsed(), refusals);
      if (typeof tried === 'string') return this.#posted(tried, began);

      // Jitter, so that those refused together do not come back together.
      const delay = backoff * (0.5 + Math.random() / 2);
      if (tried.throttled) {
        refusals++;
        this.#observer.throttled();
        if (refusals === 1) this.#pace.refused(this.#clock.elapsed());
        if (refusals === ASKED_AFTER) waited += await this.#tellQuota(connection, path);
      }
      const next = this.#clock.elapsed() + delay - began;
      // It is tried for its patience; that it waits for its turn is no fault of its own.
      if (next - waited > patiences * patience) {
        const refused = tried.throttled ? await this.#refusing(connection, path) : tried;
        if (typeof refused === 'string') return this.#posted(refused, began);
        if (refused.failure !== undefined) throw new DependencyAway('gateway', refused.failure);
        if (!refused.throttled) return this.#posted('stuck', began);
        patiences++;
      }
      // A quota that is used up is no reason to close anyone's connection.
      if (tried.throttled && next > CONGESTED_PATIENCE * patience) {
        throw new DependencyAway('gateway', new Error('the quota of requests is used up'));
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

  /**
   * What refuses the posts to a connection: its own client, whose buffer is full, or the quota. The quota refuses every
   * request to `@connections` alike, and with it a question whether a connection is there; a client refuses posts alone.
   *
   * Source: Amazon API Gateway Developer Guide, "Amazon API Gateway quotas": the throttle quota per account and Region is
   * shared by HTTP, REST and WebSocket APIs and WebSocket callback APIs.
   *
   * @returns a refusal that is `throttled` where it is the quota; `gone` where the connection is.
   */
  async #refusing(connection: Connection, path: string): Promise<'gone' | Refusal> {
    for (let asked = 0; asked < QUESTIONS; asked++) {
      if (asked > 0) await this.#clock.sleep(BETWEEN_QUESTIONS);
      const answered = await this.#ask(connection, path);
      if (answered !== 'taken' && (answered === 'gone' || answered.throttled || answered.failure !== undefined))
        return answered;
    }
    return { throttled: false };
  }

  /** Tells the pace, where it was the quota that refused a post. @returns how long that took, milliseconds. */
  async #tellQuota(connection: Connection, path: string): Promise<number> {
    const began = this.#clock.elapsed();
    if (isThrottled(await this.#ask(connection, path))) this.#pace.usedUp(this.#clock.elapsed(), ASKED_AFTER);
    return this.#clock.elapsed() - began;
  }

  /** Asks whether a connection is there, which its client has no part in. */
  async #ask(connection: Connection, path: string): Promise<'taken' | 'gone' | Refusal> {
    const wait = this.#pace.turn(this.#clock.elapsed());
    if (wait > 0) await this.#clock.sleep(wait);
    const answered = await this.#tried(connection, path);
    if (isThrottled(answered)) this.#pace.usedUp(this.#clock.elapsed(), 1);
    return answered;
  }

  /** Sends one request: a frame, or the question whether the connection is there. */
  async #tried(connection: Connection, path: string, frame?: Uint8Array): Promise<'taken' | 'gone' | Refusal> {
    const { origin, host } = this.#target(connection.endpoint);
    const method = frame === undefined ? 'GET' : 'POST';
    const headers = this.#signer?.sign(method, host, path, frame, this.#clock.now()) ?? UNSIGNED;
    try {
      const answer =
        frame === undefined
          ? this.#transport.get(origin, path, headers)
          : this.#transport.post(origin, path, headers, frame);
      return this.#answered(await answer);
    } catch (failure) {
      return this.#unanswered(connection, failure);
    }
  }

  #posted(outcome: Posted, began: number): Posted {
    this.#observer.posted(outcome, this.#clock.elapsed() - began);
    return outcome;
  }

  /** What a status comes to. */
  #answered(status: number): 'taken' | 'gone' | Refusal {
    if (status === 429) return { throttled: true };
    this.#pace.taken(this.#clock.elapsed());
    if (status < 300) return 'taken';
    // The status alone: not every gateway names the exception.
    if (status === 410) return 'gone';
    // That we are not let in says nothing of the client; all of them would be closed for it.
    if (status === 401 || status === 403) {
      return { throttled: false, failure: new Error(`the gateway refuses the service with ${status}`) };
    }
    return { throttled: false };
  }

  #unanswered(connection: Connection, failure: unknown): 'gone' | Refusal {
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
