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
/** Files that a process may have open: a socket is one, and each process has some besides. */
const FILES = 2 * CONNECTIONS;

/** Lets this process and all that it starts open so many files. Only root may go beyond what was allowed at its start. */
const allowFiles = (): boolean =>
  spawnSync('prlimit', ['--pid', String(process.pid), `--nofile=${FILES}:${FILES}`]).status === 0;

const usedBy = async (redis: Redis): Promise<number> =>
  Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);

/** Very many connections held at once, each subscribed: what a process takes for each, and whether all hear one event. */
export const connections: Suite = async (say, { quick }) => {
  if (!quick && !allowFiles())
    throw new Error(`This many sockets need ${FILES} open files for each process; see prlimit`);
  const count = quick ? QUICK : CONNECTIONS;
  const stack = await startStack(say, {}, true);
  const redis = new Redis(stack.redisUrl);
  const workers: Worker[] = [];
  try {
    for (let i = 0; i < PROCESSES; i++) workers.push((await startWorker('held')).worker);
    const each = count / PROCESSES;
    const hold = (from: number, held: number) =>
      Promise.all(
        workers.map((worker, i) =>
          worker.ask({ url: stack.websocketUrl, channel: CHANNEL, from: i * each + from, count: held }),
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
      `${count} connections, a user and a subscription each, in ${PROCESSES} processes of clients; ${lost} were lost`,
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
