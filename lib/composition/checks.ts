import { gateway as gatewaySection } from '../config/variables.ts';
import { config } from '../config.ts';
import { NOBODY } from '../gateway/nobody.ts';
import { patienceOf } from '../ports/gateway.ts';
import { NO_CAPABILITIES } from '../protocol/capabilities.ts';
import type { QueueState } from '../rabbitmq/queues.ts';
import type { Check } from '../sync/health.ts';
import { eventLoopDelay, heapShare } from '../telemetry/process.ts';
import { composeGateway } from './gateway.ts';

/** The share of its memory a process may use, and the milliseconds its timers may be late. */
const MOST_HEAP = 0.9;
const MOST_DELAY = 1_000;

/** What the checks look at, beside the gateway and this process. */
interface Parts {
  readonly pingRedis: () => Promise<unknown>;
  /** The queues that must be consumed. */
  readonly queues: () => Promise<readonly QueueState[]>;
  /** What is bound to the exchange of events beside its shards; undefined where nobody tells. */
  readonly foreign: () => Promise<readonly string[] | undefined>;
}

/** The checks of `GET /health`, each of something that really happens. */
export const composeChecks = ({ pingRedis, queues, foreign }: Parts): Readonly<Record<string, Check>> => {
  const gateway = composeGateway();
  const nobody = {
    id: NOBODY,
    user: 'nobody',
    endpoint: config(gatewaySection).endpoint,
    capabilities: NO_CAPABILITIES,
  };
  return {
    websocket: {
      vital: true,
      check: async () => {
        const posted = await gateway.post(nobody, new TextEncoder().encode('{}'), patienceOf(0));
        if (posted !== 'gone') throw new Error(`the gateway answered "${posted}" for a connection that does not exist`);
      },
    },
    redis: { vital: true, check: async () => void (await pingRedis()) },
    rabbitmq: {
      vital: true,
      check: async () => {
        const idle = (await queues()).filter(({ consumers }) => consumers === 0);
        if (idle.length > 0) throw new Error(`nothing consumes ${idle.map(({ queue }) => queue).join(', ')}`);
      },
    },
    memory: {
      vital: false,
      check: async () => {
        const share = heapShare();
        if (share > MOST_HEAP) throw new Error(`${Math.round(share * 100)} % of the heap is used`);
      },
    },
    eventLoop: {
      vital: false,
      check: async () => {
        const delay = await eventLoopDelay();
        if (delay > MOST_DELAY) throw new Error(`timers are ${Math.round(delay)} ms late`);
      },
    },
    bindings: {
      vital: false,
      check: async () => {
        const bound = await foreign();
        if (bound === undefined) return 'unknown';
        if (bound.length > 0) throw new Error(`events are taken away from the shards by ${bound.join(', ')}`);
        return undefined;
      },
    },
  };
};
