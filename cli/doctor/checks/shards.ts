import type { Check } from '../check.ts';
import { Fault } from '../finding.ts';
import { type Metrics, metricsOf } from '../visit.ts';

/** Channels for each shard: none of them falls to one in e^16, less than one visit in millions. */
const CHANNELS = 16;
const MOST = 256;
/** Of a stage that says nothing else. */
const SHARDS = 4;

const numberOf = (metrics: Metrics | undefined, name: string, queue: string): number =>
  metrics?.[name]?.samples.find(({ dimensions }) => dimensions['queue'] === queue)?.value ?? 0;

/** Queues that nothing consumes, or in which messages wait, by their numbers. */
const stuckQueues = (metrics: Metrics | undefined): string[] =>
  (metrics?.['rabbitmq_queue_consumers']?.samples ?? [])
    .flatMap(({ dimensions }) => dimensions['queue'] ?? [])
    .filter((queue) => !queue.endsWith('.parked'))
    .flatMap((queue) => {
      const consumers = numberOf(metrics, 'rabbitmq_queue_consumers', queue);
      const depth = numberOf(metrics, 'rabbitmq_queue_depth', queue);
      return consumers === 0 || depth > 0 ? [`${queue} (${consumers} consumers, ${depth} waiting)`] : [];
    });

/** Whether everything that is published has somebody who fans it out. */
export const shards: readonly Check[] = [
  {
    name: 'mappings',
    needs: ['broadcast'],
    advice:
      'look at the state of each mapping of `fanout` in Lambda, and at the consumers of each queue at BrokerPages: one is disabled, or something else consumes its queue',
    look: async (visit) => {
      const count = Math.min(MOST, CHANNELS * Number(visit.options.parameters['shards'] ?? SHARDS));
      const channels = Array.from({ length: count }, (_, n) => `${visit.prefix}:shard:${n}`);
      const answers = channels.map((channel) => visit.line.request({ type: 'broadcast', channel, data: null }));
      const ids = (await Promise.all(answers)).map(({ id }) => id);
      const events = await Promise.allSettled(ids.map((id) => visit.line.event(id)));
      const unheard = events.filter(({ status }) => status === 'rejected').length;
      if (unheard === 0) return `events of ${count} channels, over all shards, are heard`;
      const stuck = stuckQueues(await metricsOf(visit.endpoints).catch(() => undefined));
      const where = stuck.length === 0 ? '' : `; ${stuck.join(', ')}`;
      throw new Fault(`events of ${unheard} of ${count} channels were acknowledged and not heard${where}`);
    },
  },
];
