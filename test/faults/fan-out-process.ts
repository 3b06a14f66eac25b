/**
 * The fan-out in a process of its own, so that it can be killed while the gateway lives: the function behind the event
 * source mappings, as Lambda would run it. SIGUSR2 sets its clock: ten
 * minutes ahead, right again, ten minutes back, right again.
 */
import { handler } from '../../functions/fanout.ts';
import { kept } from '../../lib/composition/secrets.ts';
import { batches, rabbitmq } from '../../lib/config/variables.ts';
import { config } from '../../lib/config.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { EventSourceMapping } from '../../localstack/plugins/event-source/mapping.ts';
import { contextOf } from './context.ts';
import { CONSUMING } from './fan-out.ts';

/** Milliseconds a batch may take: as in serverless.yml, unless told otherwise. */
const TIMEOUT = Number(process.argv[2] ?? 60_000);
/** What the clock is set to, one after another: milliseconds it is ahead. */
const CLOCK = [600_000, 0, -600_000, 0];

const { now } = Date;
let ahead = 0;
let jumps = 0;
Date.now = () => now() + ahead;
process.on('SIGUSR2', () => {
  ahead = CLOCK[jumps++ % CLOCK.length] ?? 0;
});

const { url, ...sharding } = kept(rabbitmq).latest;
const { shards } = topologyOf(sharding);
/** Mappings that have begun to consume: each says so, and nothing else, by a notice. */
let consuming = 0;

const log = {
  error: (message: string) => console.error(message),
  warning: (message: string) => console.error(message),
  notice: () => {
    if (++consuming === shards.length) console.log(CONSUMING);
  },
  debug: () => undefined,
};

const { prefetch } = config(batches);
const broker = new URL(url);
// A broker that is gone without a word is noticed in seconds.
broker.searchParams.set('heartbeat', '2');
const mappings = shards.map(
  (queue) =>
    new EventSourceMapping(
      {
        url: broker.href,
        queue,
        virtualHost: '/',
        arn: 'arn:aws:mq:us-east-1:000000000000:broker:b:b-0',
        functionName: 'fanout',
        batchSize: prefetch,
        window: 0,
      },
      (event) => handler(event, contextOf('fanout', TIMEOUT)),
      log,
    ),
);
for (const mapping of mappings) mapping.start();
console.log('started');
process.on('SIGTERM', () => void Promise.all(mappings.map((mapping) => mapping.stop())).then(() => process.exit()));
process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(1);
});
