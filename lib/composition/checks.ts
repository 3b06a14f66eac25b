import { gateway as gatewaySection } from '../config/variables.ts';
import { config } from '../config.ts';
import { NOBODY } from '../gateway/nobody.ts';
import { type Gateway, patienceOf } from '../ports/gateway.ts';
import { Unable } from '../ports/health.ts';
import { NO_CAPABILITIES } from '../protocol/capabilities.ts';
import { type Check, UNKNOWN } from '../sync/health.ts';
import { eventLoopDelay, heapShare } from '../telemetry/process.ts';

/** The share of its memory a process may use, and the milliseconds its timers may be late. */
const MOST_HEAP = 0.9;
const MOST_DELAY = 1_000;

/** What a post to nobody may come to that it must not. */
const REFUSALS = {
  stuck: 'The gateway takes no posts now; the quota of requests may be used up',
  taken: 'The gateway takes posts for connections that do not exist',
} as const;

/** What probes look at. */
interface Parts {
  readonly gateway: Pick<Gateway, 'post'>;
  /** These say why they are not as they should be, and throw where they do not work. */
  readonly redis: () => Promise<string | undefined>;
  readonly rabbitmq: () => Promise<string | undefined>;
  /** What is bound to the exchange of events beside its shards; undefined where nobody tells. */
  readonly foreign: () => Promise<readonly string[] | undefined>;
}

/** What one process finds out for all: each really happens. */
export const composeProbes = ({ gateway, redis, rabbitmq, foreign }: Parts): Readonly<Record<string, Check>> => {
  const nobody = {
    id: NOBODY,
    user: 'nobody',
    endpoint: config(gatewaySection).endpoint,
    capabilities: NO_CAPABILITIES,
  };
  return {
    websocket: {
      about: 'The gateway',
      vital: true,
      check: async () => {
        const posted = await gateway.post(nobody, new TextEncoder().encode('{}'), patienceOf(0));
        if (posted !== 'gone') throw new Unable(REFUSALS[posted]);
        return undefined;
      },
    },
    redis: { about: 'Redis', vital: true, check: redis },
    rabbitmq: { about: 'RabbitMQ', vital: true, check: rabbitmq },
    bindings: {
      about: 'The management interface of RabbitMQ',
      vital: false,
      check: async () => {
        const bound = await foreign();
        if (bound === undefined) return UNKNOWN;
        if (bound.length === 0) return undefined;
        // Their names are for the log alone.
        throw new Unable('Something else is bound to the exchange of events, and takes events away from the shards', {
          cause: new Error(bound.join(', ')),
        });
      },
    },
  };
};

/** What each process knows of itself. */
export const OWN_CHECKS: Readonly<Record<string, Check>> = {
  memory: {
    about: 'The memory',
    vital: false,
    check: async () => {
      const share = heapShare();
      if (share > MOST_HEAP) throw new Unable(`${Math.round(share * 100)} % of the heap is used`);
      return undefined;
    },
  },
  eventLoop: {
    about: 'The event loop',
    vital: false,
    check: async () => {
      const delay = await eventLoopDelay();
      if (delay > MOST_DELAY) throw new Unable(`Timers are ${Math.round(delay)} ms late`);
      return undefined;
    },
  },
};
