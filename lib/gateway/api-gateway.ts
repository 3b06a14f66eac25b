import type { Clock } from '../ports/clock.ts';
import type { Connection } from '../ports/connection.ts';
import { DependencyAway } from '../ports/dependency.ts';
import type { Gateway, Patience, Posted, PostObserver } from '../ports/gateway.ts';
import type { Leases } from '../ports/leases.ts';
import { AdaptiveRateLimit } from './adaptive-rate-limit.ts';
import { ConnectionControl } from './control.ts';
import { Instances } from './instances.ts';
import { NOBODY } from './nobody.ts';
import { Quota } from './quota.ts';
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

/** Milliseconds a try may take that spend no patience: a gateway or a machine that is busy is no fault of the connection. */
const PROMPT = 1_000;

/** Milliseconds of tries after which a post that passes at last tells nothing of the quota any more. */
const MOMENT = 1_000;

/**
 * Questions to the gateway that must all be answered before a connection, and not the quota, counts as what refuses its
 * posts. Of posts that a quota refuses at random, however many it does, one in ten thousand is refused for its patience and
 * then has that many questions answered.
 */
const QUESTIONS = 5;

/** Milliseconds of a post’s own after which it is asked again whether it is still the quota. */
const ASKED_AGAIN_AFTER = 1_000;

/** Milliseconds between them, in which a quota that is used up is filled by very little. */
const BETWEEN_QUESTIONS = 25;

const QUESTION = new TextEncoder().encode('{}');

/** By how many milliseconds an answer was late. */
const late = (took: number): number => Math.max(0, took - PROMPT);

interface Target {
  readonly endpoint: string;
  readonly origin: string;
  readonly host: string;
  /** Stage path, without a slash at its end. */
  readonly base: string;
  /** Another process holds its sockets. */
  readonly isForeign: boolean;
}

/** Why a try came to no outcome. */
interface Refusal {
  readonly throttled: boolean;
  /** What to tell where it stays so and the gateway is at fault. */
  readonly failure?: unknown;
}

const THROTTLED: Refusal = { throttled: true };
const REFUSED: Refusal = { throttled: false };

const USED_UP = new Error('the quota of requests is used up');

/** A post that is tried again. */
interface Post {
  readonly id: string;
  readonly target: Target;
  readonly path: string;
  readonly frame: Uint8Array;
}

type Fault = 'connection' | 'quota' | 'gateway' | 'unknown';

export interface GatewayParts {
  readonly transport?: Transport;
  readonly observer?: PostObserver;
  /** Where other instances hold sockets as well. */
  readonly leases?: Pick<Leases, 'hasEnded'> | undefined;
}

const UNSIGNED: readonly string[] = [];

const pathOf = ({ base }: Target, id: string): string => `${base}/@connections/${encodeURIComponent(id)}`;

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
  readonly #instances: Instances;
  readonly #rateLimit = new AdaptiveRateLimit();
  readonly #quota = new Quota(this.#rateLimit);
  readonly #targets = new Map<string, Target>();
  /** The one that was posted to last: nearly always the next one. */
  #last: Target | undefined;
  /** Questions to the gateway that are under way. */
  #asked: Promise<Refusal | undefined> | undefined;

  constructor(
    settings: GatewaySettings,
    clock: Clock,
    { transport = new PooledTransport(), observer = UNOBSERVED, leases }: GatewayParts = {},
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#transport = transport;
    this.#observer = observer;
    this.#instances = new Instances(leases, clock);
    this.#signer = settings.credentials && new SigV4(settings.credentials, settings.region);
    this.#control = new ConnectionControl(settings.region, settings.credentials);
  }

  async post(connection: Connection, frame: Uint8Array, patience: Patience): Promise<Posted> {
    const target = this.#target(connection.endpoint);
    const path = pathOf(target, connection.id);
    const began = this.#clock.elapsed();
    // Not by a function of its own: nearly no post waits, and each promise costs one.
    const wait = this.#rateLimit.turn(began, patience.until);
    if (wait > 0) await this.#sleep(wait);
    const sent = this.#clock.elapsed();
    const tried = await this.#tried(target, path, frame);
    patience.left -= late(this.#clock.elapsed() - sent);
    const posted =
      typeof tried === 'string'
        ? tried
        : await this.#again({ id: connection.id, target, path, frame }, patience, tried);
    this.#observer.posted(posted, this.#clock.elapsed() - began);
    return posted;
  }

  async close({ endpoint, id }: Pick<Connection, 'id' | 'endpoint'>): Promise<void> {
    await this.#controlled(endpoint, () => this.#control.close(endpoint, id), undefined);
  }

  async find({ endpoint, id }: Pick<Connection, 'id' | 'endpoint'>): Promise<'open' | 'gone' | 'unknown'> {
    return this.#controlled(endpoint, () => this.#control.find(endpoint, id), 'gone');
  }

  /** Lets go of every socket. */
  async end(): Promise<void> {
    this.#control.end();
    await this.#transport.end();
  }

  /** Goes on with a post whose first try came to no outcome, for that reason. */
  async #again(post: Post, patience: Patience, first: Refusal): Promise<Posted> {
    const whole = patience.left;
    let refusal = first;
    let [refusals, spent] = [0, 0];
    let isThere = false;
    try {
      for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(2 * backoff, MOST_BACKOFF)) {
        if (refusal.throttled) {
          if (refusals++ === 0) this.#rateLimit.refused(this.#clock.elapsed());
          this.#observer.throttled();
          this.#quota.refused(post.id);
        }
        // Jitter, so that those refused together do not come back together.
        let delay = backoff * (0.5 + Math.random() / 2);
        if (patience.left < delay) {
          const fault = await this.#faultOf(post.target, refusal, isThere);
          if (fault === 'connection') return 'stuck';
          if (fault === 'quota') patience.left = ASKED_AGAIN_AFTER;
          if (fault === 'gateway') throw new DependencyAway('gateway', refusal.failure ?? USED_UP);
          // It may have come back just now; then so does what it is asked.
          if (fault === 'unknown') [isThere, delay] = [true, 0];
        }
        if (this.#clock.elapsed() + delay > patience.until)
          throw new DependencyAway('gateway', refusal.failure ?? USED_UP);
        await this.#clock.sleep(delay);
        const wait = this.#rateLimit.turn(this.#clock.elapsed(), patience.until);
        if (wait > 0) await this.#sleep(wait);
        const sent = this.#clock.elapsed();
        const tried = await this.#tried(post.target, post.path, post.frame);
        const took = delay + late(this.#clock.elapsed() - sent);
        patience.left -= took;
        spent += took;
        if (typeof tried !== 'string') {
          refusal = tried;
          continue;
        }
        const isTold = tried === 'taken' && refusals > 0 && spent < MOMENT;
        // The post itself has no need to know.
        if (isTold && this.#quota.served(post.id, refusals, this.#clock.elapsed()))
          this.#askForQuota().catch(() => undefined);
        return tried;
      }
    } catch (error) {
      // That was no doing of the connection’s.
      patience.left = whole;
      throw error;
    } finally {
      this.#quota.ended(post.id);
    }
  }

  /**
   * Whose fault it is that a post to a connection came to nothing for as long as there was patience. Of another process,
   * the gateway is nobody’s to wait for.
   *
   * @param isThere - the gateway answered before the last try.
   * @returns `unknown` where the gateway answers by now.
   */
  async #faultOf(target: Target, { throttled, failure }: Refusal, isThere: boolean): Promise<Fault> {
    const isAsked = throttled ? this.#quota.mayRefuse(this.#clock.elapsed()) : failure !== undefined && !isThere;
    if (target.isForeign || !isAsked) return 'connection';
    const answered = throttled ? await this.#askForQuota() : await this.#ask();
    if (answered?.failure !== undefined) return 'gateway';
    if (!throttled) return 'unknown';
    return answered === undefined ? 'connection' : 'quota';
  }

  /** Asks the gateway whether it is the quota that refuses. */
  async #askForQuota(): Promise<Refusal | undefined> {
    const answered = await this.#ask();
    if (answered?.throttled) this.#quota.confirmed(this.#clock.elapsed());
    else if (answered === undefined) this.#quota.denied();
    return answered;
  }

  /** Waits for the turn of a post. @throws DependencyAway where it does not come in time. */
  async #sleep(duration: number): Promise<void> {
    if (duration === Number.POSITIVE_INFINITY) throw new DependencyAway('gateway', USED_UP);
    await this.#clock.sleep(duration);
  }

  /**
   * Asks the gateway itself, by posts to a connection that nobody has: a quota that is used up refuses these too, and no
   * client has a part in them. Whoever asks meanwhile shares the answer.
   *
   * Source: Amazon API Gateway Developer Guide, "Amazon API Gateway quotas": the throttle quota per account and Region is
   * shared by HTTP, REST and WebSocket APIs and WebSocket callback APIs.
   *
   * @returns why it did not answer; undefined where it did, each time.
   */
  #ask(): Promise<Refusal | undefined> {
    this.#asked ??= this.#question().finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
  }

  async #question(): Promise<Refusal | undefined> {
    const target = this.#target(this.#settings.endpoint);
    for (let asked = 0; asked < QUESTIONS; asked++) {
      if (asked > 0) await this.#clock.sleep(BETWEEN_QUESTIONS);
      const answered = await this.#tried(target, pathOf(target, NOBODY), QUESTION);
      if (typeof answered !== 'string' && (answered.throttled || answered.failure !== undefined)) return answered;
    }
    return undefined;
  }

  /** Sends a frame once. */
  async #tried(target: Target, path: string, frame: Uint8Array): Promise<'taken' | 'gone' | Refusal> {
    if (target.isForeign && (await this.#instances.isGone(target.endpoint))) return 'gone';
    const headers = this.#signer?.sign('POST', target.host, path, frame, this.#clock.now()) ?? UNSIGNED;
    try {
      return this.#answered(await this.#transport.post(target.origin, path, headers, frame));
    } catch (failure) {
      // Only our own gateway is waited for to come back.
      if (target.isForeign && (await this.#isGone(target.endpoint, failure))) return 'gone';
      return { throttled: false, failure };
    }
  }

  /** What a status comes to. */
  #answered(status: number): 'taken' | 'gone' | Refusal {
    if (status === 429) return THROTTLED;
    this.#rateLimit.taken(this.#clock.elapsed());
    if (status < 300) return 'taken';
    // The status alone: not every gateway names the exception.
    if (status === 410) return 'gone';
    // That we are not let in, or that it is not well, says nothing of the client; all of them would be closed for it.
    if (status === 401 || status === 403 || status >= 500) {
      return { throttled: false, failure: new Error(`the gateway answers with ${status}`) };
    }
    return REFUSED;
  }

  /** @param gone - what it comes to where the gateway is another process, which is gone with all its sockets. */
  async #controlled<T>(endpoint: string, request: () => Promise<T>, gone: T): Promise<T> {
    const { isForeign } = this.#target(endpoint);
    if (isForeign && (await this.#instances.isGone(endpoint))) return gone;
    try {
      return await request();
    } catch (cause) {
      if (isForeign && (await this.#isGone(endpoint, cause))) return gone;
      throw new DependencyAway('gateway', cause);
    }
  }

  /** Whether another process that did not answer is gone. One that refuses connections holds no sockets. */
  async #isGone(endpoint: string, failure: unknown): Promise<boolean> {
    return codeOf(failure) === 'ECONNREFUSED' || (await this.#instances.unanswered(endpoint));
  }

  #target(endpoint: string): Target {
    if (this.#last?.endpoint === endpoint) return this.#last;
    let target = this.#targets.get(endpoint);
    if (target === undefined) {
      const url = new URL(endpoint);
      target = {
        endpoint,
        origin: url.origin,
        host: url.host,
        base: url.pathname.replace(/\/+$/, ''),
        isForeign: endpoint !== this.#settings.endpoint,
      };
      this.#targets.set(endpoint, target);
    }
    this.#last = target;
    return target;
  }
}
