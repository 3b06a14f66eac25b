import { spawnSync } from 'node:child_process';
import { Redis } from 'ioredis';
import { WebSocket } from 'ws';
import { connect, type WebSocketConstructor } from '../../client/src/index.ts';
import type { Measure, Suite } from '../measure.ts';
import { residentMemory } from '../process-memory.ts';
import { startStack } from '../stack.ts';
import { startWorker, type Worker } from '../work.ts';

const CONNECTIONS = 20_000;
const QUICK = 2_000;
const PROCESSES = 4;
const CHANNEL = 'bench:held';
/** Files that one process shall have open: a socket is one, and each process has some besides. */
const FILES = 2 * CONNECTIONS;
/** Of these, at the most, for what is no connection. */
const OTHER_FILES = 1_000;

/**
 * Lets this process and all that it starts open as many files as are wanted, or as many as there may be: not every root
 * goes beyond what was allowed at its start.
 *
 * @returns how many.
 */
const allowFiles = (): number => {
  const prlimit = (...args: readonly string[]) =>
    spawnSync('prlimit', ['--pid', String(process.pid), ...args], { encoding: 'utf8' });
  if (prlimit(`--nofile=${FILES}:${FILES}`).status === 0) return FILES;
  const most = Number(prlimit('--nofile', '--output', 'HARD', '--noheadings').stdout);
  if (!(most > OTHER_FILES)) throw new Error('How many files may be open? prlimit (of util-linux) does not say.');
  prlimit(`--nofile=${most}:${most}`);
  return most;
};

const usedBy = async (redis: Redis): Promise<number> =>
  Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);

/** Very many connections held at once, each subscribed: what a process takes for each, and whether all hear one event. */
export const connections: Suite = async (say, { quick }) => {
  const count = quick ? QUICK : CONNECTIONS;
  // A gateway has a file for each connection, and in a fan-out one for each post that is under way.
  const gateways = quick ? 1 : Math.ceil((1.5 * count) / (allowFiles() - OTHER_FILES));
  const stack = await startStack(say, {}, { roomy: true, gateways });
  const redis = new Redis(stack.redisUrl);
  const workers: Worker[] = [];
  try {
    for (let i = 0; i < PROCESSES; i++) workers.push((await startWorker('held')).worker);
    const each = count / PROCESSES;
    const hold = (from: number, held: number) =>
      Promise.all(
        workers.map((worker, i) =>
          worker.ask({ url: stack.websocketUrls[i % gateways], channel: CHANNEL, from: i * each + from, count: held }),
        ),
      );
    // The first ones warm it up, and are not counted.
    const warm = each / 10;
    await hold(0, warm);
    const memory = () => ({ emulator: stack.emulatorMemory(), rabbitmq: residentMemory(stack.pids.at(-1) ?? 0) });
    const [before, redisBefore] = [memory(), await usedBy(redis)];
    const began = performance.now();
    await hold(warm, each - warm);
    const seconds = (performance.now() - began) / 1_000;
    const [after, redisAfter] = [memory(), await usedBy(redis)];
    const opened = PROCESSES * (each - warm);

    const publisher = connect({
      url: stack.websocketUrl,
      user: 'publisher',
      webSocket: WebSocket as unknown as WebSocketConstructor,
    });
    const published = performance.now();
    await publisher.broadcast(CHANNEL, 'to all');
    const reports = await Promise.all(
      workers.map((worker) => worker.ask<{ heard: number; lost: number }>({ heard: each })),
    );
    const last = (performance.now() - published) / 1_000;
    await publisher.close();
    const heard = reports.reduce((sum, report) => sum + report.heard, 0);
    const lost = reports.reduce((sum, report) => sum + report.lost, 0);
    say(
      `${count} connections, a user and a subscription each, in ${PROCESSES} processes of clients, at ${gateways} gateways of one service; ${lost} were lost`,
    );
    const bytes = (name: string, value: number): Measure => ({ name, value, unit: 'B', better: 'lower' });
    return [
      { name: 'connections.held', value: count - lost, unit: '', target: count, better: 'higher' },
      { name: 'connections.heard', value: heard, unit: '', target: count, better: 'higher' },
      { name: 'connections.last-heard', value: last, unit: 's', better: 'lower' },
      { name: 'connections.opened', value: opened / seconds, unit: '/s', better: 'higher' },
      bytes('connections.memory-of-emulator', (after.emulator - before.emulator) / opened),
      bytes('connections.memory-of-redis', (redisAfter - redisBefore) / opened),
      bytes('connections.memory-of-rabbitmq', (after.rabbitmq - before.rabbitmq) / opened),
    ];
  } finally {
    for (const worker of workers) await worker.stop();
    redis.disconnect();
    await stack.stop();
  }
};
