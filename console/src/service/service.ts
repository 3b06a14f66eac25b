import { ask } from './ask.ts';
import { Key } from './key.ts';
import type { Metrics } from './metrics.ts';
import { Poll } from './poll.ts';

/** What `GET /health` answers. */
export interface Health {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  /** Milliseconds. */
  readonly uptime: number;
  readonly checks: Readonly<Record<string, boolean>>;
}

/** A row of `GET /connections`. */
export interface OpenConnection {
  readonly id: string;
  readonly user: string;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  readonly capabilities: readonly string[];
  readonly subscriptionCount: number;
  /** Some of the channels and patterns it is subscribed to. */
  readonly subscriptions: readonly string[];
}

export interface ConnectionsPage {
  readonly connections: readonly OpenConnection[];
  readonly next: string | null;
}

const HEALTH_INTERVAL = 4_000;
const METRICS_INTERVAL = 2_000;

/** The service as its HTTP address shows it. */
export class Service {
  readonly key = new Key();
  readonly health = new Poll<Health>(() => ask(this.key, '/health', [503]), HEALTH_INTERVAL);
  readonly metrics = new Poll<Metrics>(() => ask(this.key, '/metrics?format=json'), METRICS_INTERVAL);

  constructor() {
    this.key.onChange(() => this.start());
  }

  start(): void {
    this.health.now();
    this.metrics.now();
  }

  /** @throws AskError */
  connections(limit: number, cursor: string | undefined): Promise<ConnectionsPage> {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
    return ask(this.key, `/connections?${query}`);
  }
}
