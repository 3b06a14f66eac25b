import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '../../test/e2e/client.ts';
import { type Measure, median, quantile, type Suite } from '../measure.ts';
import { startStack } from '../stack.ts';

const ROUNDS = 3;
const EVENTS = 300;
const CHANNEL = 'bench:limits';
/** Frames a second of the one who floods, of which the limit takes one in ten. */
const FLOOD = 300;
const ENV = { RATE_LIMIT_POINTS: '900', RATE_LIMIT_DURATION: '30', RATE_LIMIT_BLOCK_DURATION: '0' };

/** Milliseconds from sending a broadcast to hearing it, each publisher one at a time and within its limit. */
const latencies = async (url: string): Promise<number[]> => {
  const [listener, publisher] = await Promise.all([Client.connect(url, 'listener'), Client.connect(url, 'publisher')]);
  await listener.request({ type: 'subscribe', channels: [CHANNEL] });
  const taken: number[] = [];
  for (let n = 0; n < EVENTS; n++) {
    const id = `${Date.now()}-${n}`;
    const began = performance.now();
    publisher.send({ type: 'broadcast', channel: CHANNEL, id, data: n });
    await listener.find(({ type, id: heard }) => type === 'event' && heard === id);
    taken.push(performance.now() - began);
    listener.heard.length = 0;
  }
  await Promise.all([listener.close(), publisher.close()]);
  return taken;
};

/** Sends pings far beyond the limit, connecting again whenever it is closed, until it is told to end. */
const flood = (url: string): (() => Promise<number>) => {
  let isOver = false;
  let refused = 0;
  const flooding = (async () => {
    while (!isOver) {
      const client = await Client.connect(url, 'flooder');
      while (!isOver && client.socket.readyState === client.socket.OPEN) {
        for (let i = 0; i < FLOOD / 50; i++) client.send({ type: 'ping' });
        await pause(20);
        refused += client.heard.filter(({ type }) => type === 'error').length;
        client.heard.length = 0;
      }
      await client.close();
    }
  })();
  return async () => {
    isOver = true;
    await flooding;
    return refused;
  };
};

/** What others notice of one who floods: the latency of their events, beside that of a quiet time in the same run. */
export const limits: Suite = async (say) => {
  const stack = await startStack(say, ENV);
  try {
    await latencies(stack.websocketUrl);
    const quiet: number[] = [];
    const flooded: number[] = [];
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      quiet.push(quantile(await latencies(stack.websocketUrl), 0.99));
      const end = flood(stack.websocketUrl);
      // Until its limit is used up.
      await pause((1_000 * Number(ENV.RATE_LIMIT_POINTS)) / FLOOD + 1_000);
      flooded.push(quantile(await latencies(stack.websocketUrl), 0.99));
      refused += await end();
    }
    say(`${ROUNDS} rounds of ${EVENTS} events, quiet and flooded in turn; ${refused} frames of the flood were refused`);
    const measures: Measure[] = [
      { name: 'limits.p99-quiet', value: median(quiet), unit: 'ms', better: 'lower' },
      { name: 'limits.p99-flooded', value: median(flooded), unit: 'ms', better: 'lower' },
      { name: 'limits.p99-ratio', value: median(flooded) / median(quiet), unit: 'x', target: 1.5, better: 'lower' },
    ];
    return measures;
  } finally {
    await stack.stop();
  }
};
