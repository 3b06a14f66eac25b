import type { Health } from '../../../lib/protocol/http/health.ts';
import type { Metrics } from '../../../lib/protocol/http/interval.ts';
import type { LimitedEntries } from '../../../lib/protocol/http/limited.ts';
import type { ChannelListenersPage, ChannelsPage } from '../../../lib/protocol/http/listening.ts';
import type { ParkedMessages, ShownParked } from '../../../lib/protocol/http/parked.ts';
import type { MetricsPast, PastPoint } from '../../../lib/protocol/http/past.ts';
import type { Revoked } from '../../../lib/protocol/http/revocation.ts';
import type { OpenConnectionsPage, UserConnection, UserConnections } from '../../../lib/protocol/open-connections.ts';
import { ask } from './ask.ts';
import { Key } from './key.ts';
import { Outage } from './outage.ts';
import { Poll } from './poll.ts';

const HEALTH_INTERVAL = 4_000;
const METRICS_INTERVAL = 2_000;

/** The service as its HTTP address shows it. */
export class Service {
  readonly key = new Key();
  readonly health = new Poll<Health>(() => ask(this.key, '/health', { accept: [503] }), HEALTH_INTERVAL);
  readonly metrics = new Poll<Metrics>(() => ask(this.key, '/metrics?format=json'), METRICS_INTERVAL);

  /** Of the service as a whole, which then answers nothing at all. */
  readonly outage = new Outage();

  constructor() {
    this.health.listen((outcome) =>
      this.outage.note('error' in outcome && outcome.error.kind === 'unreachable', outcome.at),
    );
    this.key.onChange(() => this.start());
  }

  start(): void {
    this.health.now();
    this.metrics.now();
  }

  /** @throws AskError */
  connections(limit: number, cursor: string | undefined): Promise<OpenConnectionsPage> {
    return this.#page('/connections', {}, limit, cursor);
  }

  /**
   * The open connections of a user.
   *
   * @param asked - with a channel, each says whether it hears it and why; with `look`, whether the gateway still has it.
   * @throws AskError
   */
  async userConnections(
    user: string,
    asked: { readonly channel?: string; readonly look?: 'true' } = {},
  ): Promise<readonly UserConnection[]> {
    const query = new URLSearchParams(asked);
    const path = `/users/${encodeURIComponent(user)}/connections`;
    return (await ask<UserConnections>(this.key, query.size === 0 ? path : `${path}?${query}`)).connections;
  }

  /** Closes the connections of a user, and believes no token that it was given before. @returns how many. @throws AskError */
  async disconnect(user: string): Promise<number> {
    const path = `/users/${encodeURIComponent(user)}/connections`;
    return (await ask<Revoked>(this.key, path, { method: 'DELETE' })).closed;
  }

  /** Whose limits are near, or refuse. @throws AskError */
  limits(limit: number): Promise<LimitedEntries> {
    return ask(this.key, `/limits?limit=${limit}`);
  }

  /** How a user stands to every limit. @throws AskError */
  userLimits(user: string): Promise<LimitedEntries> {
    return ask(this.key, `/users/${encodeURIComponent(user)}/limits`);
  }

  /** A page of those who hear a channel. @throws AskError */
  listeners(channel: string, limit: number, cursor: string | undefined): Promise<ChannelListenersPage> {
    return this.#page('/listeners', { channel }, limit, cursor);
  }

  /** A page of the channels with a history that a pattern matches. @throws AskError */
  channels(pattern: string, limit: number, cursor: string | undefined): Promise<ChannelsPage> {
    return this.#page('/channels', { pattern }, limit, cursor);
  }

  /** The figures of the last hour, the oldest first. @throws AskError */
  async past(): Promise<readonly PastPoint[]> {
    return (await ask<MetricsPast>(this.key, '/metrics/past')).points;
  }

  /** The oldest messages that were put aside. @throws AskError */
  async parked(limit: number): Promise<readonly ShownParked[]> {
    return (await ask<ParkedMessages>(this.key, `/parked?limit=${limit}`)).messages;
  }

  /** Puts a message that was put aside back into its queue. @throws AskError */
  async requeueParked(id: string): Promise<void> {
    await ask(this.key, `/parked/${encodeURIComponent(id)}/requeue`, { method: 'POST' });
  }

  /** Takes a message that was put aside away for good. @throws AskError */
  async dropParked(id: string): Promise<void> {
    await ask(this.key, `/parked/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  #page<T>(
    path: string,
    asked: Readonly<Record<string, string>>,
    limit: number,
    cursor: string | undefined,
  ): Promise<T> {
    const query = { ...asked, limit: String(limit), ...(cursor === undefined ? {} : { cursor }) };
    return ask(this.key, `${path}?${new URLSearchParams(query)}`);
  }
}
