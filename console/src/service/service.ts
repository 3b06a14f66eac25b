import type { Health } from '../../../lib/protocol/http/health.ts';
import type { OpenConnectionsPage } from '../../../lib/protocol/open-connections.ts';
import { ask } from './ask.ts';
import { Key } from './key.ts';
import type { Metrics } from './metrics.ts';
import { Poll } from './poll.ts';

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
  connections(limit: number, cursor: string | undefined): Promise<OpenConnectionsPage> {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
    return ask(this.key, `/connections?${query}`);
  }
}
