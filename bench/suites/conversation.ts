import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../../client/terminal/quantile.ts';
import { Client } from '../../test/e2e/client.ts';
import { type Measure, median, type Suite } from '../measure.ts';
import { startStack } from '../stack.ts';

const WARM_UP = 300;
const EVENTS = 1_000;
const ROUNDS = 3;
const QUICK_ROUNDS = 1;
const CONNECTIONS = 1_000;
const CHANNEL = 'bench:latency';
const MEGABYTE = 1_048_576;

/** Milliseconds from sending a broadcast to hearing it, one at a time. */
const latencies = async (url: string, count: number): Promise<number[]> => {
  const [listener, publisher] = await Promise.all([Client.connect(url, 'listener'), Client.connect(url, 'publisher')]);
  await listener.request({ type: 'subscribe', channels: [CHANNEL] });
  const taken: number[] = [];
  for (let n = 0; n < count; n++) {
    const id = `${Date.now()}-${n}`;
    const began = performance.now();
    publisher.send({ type: 'broadcast', channel: CHANNEL, id, data: { n } });
    await listener.find(({ type, id: heard }) => type === 'event' && heard === id);
    taken.push(performance.now() - began);
    listener.heard.length = 0;
  }
  await Promise.all([listener.close(), publisher.close()]);
  return taken;
};

/** One event at a time through the emulator, and the emulator’s memory with many connections held open. */
export const conversation: Suite = async (say, { quick, own }) => {
  const times = quick ? QUICK_ROUNDS : ROUNDS;
  const stack = await startStack(say);
  try {
    await latencies(stack.websocketUrl, WARM_UP);
    const rounds: number[][] = [];
    for (let round = 0; round < times; round++) rounds.push(await latencies(stack.websocketUrl, EVENTS));
    say(`${times} rounds of ${EVENTS} events, one at a time`);

    const measures: Measure[] = [
      {
        name: 'local.latency-p50',
        value: median(rounds.map((taken) => median(taken))),
        unit: 'ms',
        target: 12,
        better: 'lower',
      },
      {
        name: 'local.latency-p99',
        value: median(rounds.map((taken) => quantile(taken, 0.99))),
        unit: 'ms',
        better: 'lower',
      },
    ];
    if (own) return measures;

    const clients: Client[] = [];
    while (clients.length < CONNECTIONS) {
      const more = Array.from({ length: 50 }, (_, i) =>
        Client.connect(stack.websocketUrl, `user-${clients.length + i}`),
      );
      clients.push(...(await Promise.all(more)));
    }
    await Promise.all(clients.map((client) => client.request({ type: 'subscribe', channels: ['bench:held'] })));
    await clients[0]?.request({ type: 'broadcast', channel: 'bench:held', data: 'to all' });
    await Promise.all(clients.map((client) => client.events(1)));
    await pause(1_000);
    const memory = stack.emulatorMemory() / MEGABYTE;
    say(`${CONNECTIONS} connections, each of which heard an event`);
    await Promise.all(clients.map((client) => client.close()));

    return [...measures, { name: 'local.emulator-memory', value: memory, unit: 'MB', target: 400, better: 'lower' }];
  } finally {
    await stack.stop();
  }
};
