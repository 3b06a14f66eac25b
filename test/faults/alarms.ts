import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { between } from './single-node.ts';

/** Raised and cleared: what `rabbitmqctl` is told for each. The defaults are those of RabbitMQ. */
const ALARMS: Readonly<Record<'memory' | 'disk', readonly [raise: string[], clear: string[]]>> = {
  memory: [
    ['set_vm_memory_high_watermark', 'absolute', '1MB'],
    ['set_vm_memory_high_watermark', '0.4'],
  ],
  disk: [
    ['set_disk_free_limit', '100000GB'],
    ['set_disk_free_limit', '50MB'],
  ],
};

/** What a broker does that has too little left: it takes nothing more, and hands out what it has. */
export const ALARM: readonly Fault[] = Object.entries(ALARMS).map(([resource, [raise, clear]]) => ({
  name: `${resource} alarm of the broker`,
  inject: async ({ rabbitmq }, _, random) => {
    await rabbitmq.control(...raise);
    await pause(between(random, 500, 4_000));
    await rabbitmq.control(...clear);
  },
}));
