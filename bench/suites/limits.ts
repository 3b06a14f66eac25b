import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../../client/terminal/quantile.ts';
import { Client } from '../../test/e2e/client.ts';
import { inProcesses, sendersOf, sum } from '../../test/integration/limiter-load.ts';
import { type Measure, median, type Suite } from '../measure.ts';
import { startStack } from '../stack.ts';

const ROUNDS = 5;
const QUICK_ROUNDS = 1;
const EVENTS = 500;
const PATIENCE = 60_000;
const CHANNEL = 'bench:limits';
/** Frames a second of the one who floods. */
const FLOOD = 300;
/** A sixth of what is set where nothing else is, in half the time: what was used up stays so for a round. */
const POINTS = { connection: 167, user: 500 };
const UNREACHED = 1_000_000_000;
const ENV = {
  RATE_LIMIT_POINTS: String(POINTS.connection),
  RATE_LIMIT_USER_POINTS: String(POINTS.user),
  RATE_LIMIT_DURATION: '30',
  RATE_LIMIT_BLOCK_DURATION: '0',
  RATE_LIMIT_ALLOW_USERS: 'listener publisher',
};

/** Milliseconds from sending a broadcast to hearing it, one at a time. */
const latencies = async (url: string): Promise<number[]> => {
  const [listener, publisher] = await Promise.all([Client.connect(url, 'listener'), Client.connect(url, 'publisher')]);
  listener.send({ type: 'subscribe', channels: [CHANNEL] });
  await listener.find(({ type }) => type === 'subscribed', PATIENCE);
  const taken: number[] = [];
  for (let n = 0; n < EVENTS; n++) {
    const id = `${Date.now()}-${n}`;
    const began = performance.now();
    publisher.send({ type: 'broadcast', channel: CHANNEL, id, data: n });
    const hears = listener.find(({ type, id: heard }) => type === 'event' && heard === id, PATIENCE);
    await hears.catch((cause) => {
      throw new Error(`Nothing is heard, and the publisher ${JSON.stringify(publisher.heard.at(-1))}`, { cause });
    });
    taken.push(performance.now() - began);
    publisher.heard.length = 0;
    listener.heard.length = 0;
  }
  await Promise.all([listener.close(), publisher.close()]);
  return taken;
};

interface Flood {
  /** Frames that were refused by an error. */
  refused: number;
  /** Connections that were closed for going on. */
  closed: number;
  /** Handshakes that were refused. */
  shutOut: number;
}

/** Sends pings far beyond the limit, and connects again at once whenever it is closed, until it is told to end. */
const flood = (url: string) => {
  const seen: Flood = { refused: 0, closed: 0, shutOut: 0 };
  let isOver = false;
  const step = async (client: Client | undefined): Promise<Client | undefined> => {
    if (client === undefined) {
      return Client.connect(url, 'flooder').catch(() => {
        seen.shutOut++;
        return undefined;
      });
    }
    seen.refused += client.heard.filter(({ type }) => type === 'error').length;
    client.heard.length = 0;
    if (client.socket.readyState === client.socket.OPEN) {
      for (let i = 0; i < FLOOD / 50; i++) client.send({ type: 'ping' });
      return client;
    }
    seen.closed++;
    return undefined;
  };
  const flooding = (async () => {
    let client: Client | undefined;
    while (!isOver) {
      client = await step(client);
      await pause(20);
    }
    await client?.close();
  })();
  const end = async (): Promise<void> => {
    isOver = true;
    await flooding;
  };
  return { seen, end };
};

/** Settings of one level each, and who tries to send more than that. */
const LEVELS = {
  connection: { points: 1_000, senders: sendersOf(1, 800) },
  user: { points: 3_000, senders: sendersOf(8, 300, 'alice') },
  global: { points: 10_000, senders: sendersOf(20, 300) },
};

/** By how much what is let through differs from what is set, per cent, at each level, from several processes at once. */
const rates = async (redisUrl: string, say: (line: string) => void): Promise<Measure[]> => {
  const measures: Measure[] = [];
  for (const [level, { points, senders }] of Object.entries(LEVELS)) {
    const limits = {
      enabled: true,
      duration: 60_000,
      block: 60_000,
      points: { connection: UNREACHED, user: UNREACHED, global: UNREACHED, [level]: points },
      backEnd: UNREACHED,
      types: {},
      allowed: [],
    };
    const passed = sum(await inProcesses(redisUrl, { prefix: `bench-${randomUUID()}:`, limits, senders, width: 20 }));
    say(`level ${level}: ${passed} of ${points} let through`);
    const off = (Math.abs(passed - points) / points) * 100;
    measures.push({ name: `limits.off-${level}`, value: off, unit: '%', target: 2, better: 'lower' });
  }
  return measures;
};

/** What others notice of one who floods: the latency of their events, beside that of a quiet time in the same run. */
export const limits: Suite = async (say, { quick }) => {
  const rounds = quick ? QUICK_ROUNDS : ROUNDS;
  const stack = await startStack(say, ENV);
  try {
    const off = await rates(stack.redisUrl, say);
    await latencies(stack.websocketUrl);
    const quiet: number[] = [];
    const flooded: number[] = [];
    const total: Flood = { refused: 0, closed: 0, shutOut: 0 };
    for (let round = 0; round < rounds; round++) {
      quiet.push(quantile(await latencies(stack.websocketUrl), 0.99));
      const { seen, end } = flood(stack.websocketUrl);
      // Until it has used up what its user may: all it sends from then on is beyond its limits.
      while (seen.shutOut === 0) await pause(20);
      flooded.push(quantile(await latencies(stack.websocketUrl), 0.99));
      await end();
      for (const what of ['refused', 'closed', 'shutOut'] as const) total[what] += seen[what];
    }
    const { refused, closed, shutOut } = total;
    say(`${rounds} rounds of ${EVENTS} events, quiet and flooded in turn, the flood of ${FLOOD} frames a second:`);
    say(
      `${refused} of its frames were refused, ${closed} of its connections closed, ${shutOut} of its handshakes refused`,
    );
    const measures: Measure[] = [
      ...off,
      { name: 'limits.p99-quiet', value: median(quiet), unit: 'ms', better: 'lower' },
      { name: 'limits.p99-flooded', value: median(flooded), unit: 'ms', better: 'lower' },
      { name: 'limits.p99-ratio', value: median(flooded) / median(quiet), unit: 'x', target: 1.5, better: 'lower' },
    ];
    return measures;
  } finally {
    await stack.stop();
  }
};
