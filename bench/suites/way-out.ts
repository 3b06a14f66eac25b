import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Servers, startServers } from '../../localstack/servers/start.ts';
import { pidsOf, ROOT } from '../backends.ts';
import { type Measure, median, type RunOptions, type Suite } from '../measure.ts';
import { cpuOf } from '../process-cpu.ts';
import { residentMemoryOfGroup } from '../process-memory.ts';
import { Listeners } from '../rivals/listeners.ts';
import type { Lag } from '../way-out/heard.ts';
import { type Service, startService } from '../way-out/service.ts';
import { startWorker, type Worker } from '../work.ts';

const QUEUES = 10;
const CONSUMERS = 100;

/** Events that are heard, unless it is told how many. */
const EVENTS = { quick: 2_000, whole: 20_000 };

/** Clients of one channel, and events under way, where delivery is measured with back-ends and without. */
const LISTENERS = 50;
const IN_FLIGHT = 128;

/** Milliseconds between two looks at the memory. */
const LOOK = 1_000;

/** Where the service without back-ends is, on the same broker. */
const APART = 'bench-without';

const MEGABYTE = 2 ** 20;

const lower = (name: string, value: number, unit: string): Measure => ({
  ...{ name: `way-out.${name}`, value, unit, better: 'lower' },
});

const higher = (name: string, value: number, unit: string): Measure => ({
  ...{ name: `way-out.${name}`, value, unit, better: 'higher' },
});

interface Found {
  readonly seconds: number;
  readonly byQueue: Lag;
  readonly byName: Lag;
  readonly repeats: number;
}

/** Does something, and looks meanwhile how much memory each process has. @returns also the most of each, bytes. */
const watched = async <T>(
  pids: Readonly<Record<string, number>>,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly most: ReadonlyMap<string, number> }> => {
  const most = new Map<string, number>();
  const look = (): void => {
    for (const [name, pid] of Object.entries(pids)) {
      most.set(name, Math.max(most.get(name) ?? 0, residentMemoryOfGroup(pid)));
    }
  };
  look();
  const timer = setInterval(look, LOOK);
  try {
    return { result: await work(), most };
  } finally {
    clearInterval(timer);
  }
};

/** Events from one back-end to all queues and consumers, each to one of either. */
const toBackEnds = async (
  events: number,
  worker: Worker,
  pids: Readonly<Record<string, number>>,
  say: (line: string) => void,
): Promise<readonly Measure[]> => {
  // What is compiled and connected at first is not what is measured.
  await worker.ask({ events: EVENTS.quick / 2 });
  const { result, most } = await watched(pids, () => worker.ask<Found>({ events }));
  const { seconds, byQueue, byName, repeats } = result;
  say(
    `${events} events to ${QUEUES} queues and ${CONSUMERS} consumers, each event to one of either: ${seconds.toFixed(1)} s, ${repeats} came again`,
  );
  return [
    higher('events', events, ''),
    higher('rate', events / seconds, '/s'),
    lower('lag-of-queues', byQueue.p50, 'ms'),
    lower('lag-of-queues-p99', byQueue.p99, 'ms'),
    lower('lag-of-consumers', byName.p50, 'ms'),
    lower('lag-of-consumers-p99', byName.p99, 'ms'),
    lower('repeats', repeats, ''),
    ...[...most].map(([name, bytes]) => lower(`memory-of-${name}`, bytes / MEGABYTE, 'MB')),
  ];
};

/** Deliveries to clients, with back-ends that hear the same and without, in turn. */
const toClients = async (
  { quick }: RunOptions,
  both: Readonly<Record<'with' | 'without', Service>>,
): Promise<readonly Measure[]> => {
  const kinds = ['with', 'without'] as const;
  const listeners = new Map<'with' | 'without', Listeners>();
  const figures = new Map(kinds.map((kind) => [kind, [] as { p50: number; p99: number; rate: number; cpu: number }[]]));
  const events = quick ? 500 : 2_000;
  try {
    for (const kind of kinds) {
      const { websocketUrl, pids } = both[kind];
      const one = await Listeners.start({
        ...{ kind: 'ours', urls: [websocketUrl], pids: Object.values(pids), stop: async () => undefined },
      });
      listeners.set(kind, one);
      await one.join(LISTENERS, 1);
    }
    // The first round is not counted.
    for (let round = 0; round <= (quick ? 2 : 7); round++) {
      for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) {
        const one = listeners.get(kind) as Listeners;
        const { p50, p99 } = await one.oneByOne(events / 10);
        const before = cpuOf([both[kind].pids['fan-out'] as number]);
        const { rate } = await one.saturate(events, IN_FLIGHT);
        const cpu = (1_000 * (cpuOf([both[kind].pids['fan-out'] as number]) - before)) / events;
        if (round > 0) figures.get(kind)?.push({ p50, p99, rate, cpu });
      }
    }
  } finally {
    for (const one of listeners.values()) await one.stop();
  }
  const of = (kind: 'with' | 'without', what: 'p50' | 'p99' | 'rate' | 'cpu'): number =>
    median((figures.get(kind) ?? []).map((each) => each[what]));
  const times = (what: 'p50' | 'p99' | 'rate' | 'cpu'): number => of('with', what) / of('without', what);
  return [
    lower('delivery-latency', of('with', 'p50'), 'ms'),
    lower('delivery-latency-vs-without', times('p50'), '×'),
    lower('delivery-latency-p99', of('with', 'p99'), 'ms'),
    lower('delivery-latency-p99-vs-without', times('p99'), '×'),
    higher('delivery-throughput', of('with', 'rate'), '/s'),
    higher('delivery-throughput-vs-without', times('rate'), '×'),
    lower('delivery-cpu-of-fan-out', of('with', 'cpu'), 'ms'),
    lower('delivery-cpu-of-fan-out-vs-without', times('cpu'), '×'),
  ];
};

const serversOf = (servers: Servers): Readonly<Record<string, number>> => {
  const [redis, rabbitmq] = pidsOf(servers);
  return { ...(redis === undefined ? {} : { redis }), ...(rabbitmq === undefined ? {} : { rabbitmq }) };
};

/**
 * What back-ends hear: how fast, how late, and in how much memory; and what it costs the clients that others hear too. Fan-out,
 * publisher and the function of consumers run in processes of their own, all on this machine.
 */
export const wayOut: Suite = async (say, options) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'realtime-sync-bench-'));
  const ended: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  const owned = <T extends { stop(): Promise<void> }>(started: T): T => {
    ended.push(() => started.stop());
    return started;
  };
  try {
    const servers = owned(
      await startServers({
        ...{ root: ROOT, directory, environment: {}, report: say, disposable: 'bench', virtualHosts: [APART] },
      }),
    );
    const { redisUrl, rabbitmqUrl } = servers;
    const service = owned(await startService({ redisUrl, rabbitmqUrl, prefix: 'bench-with:' }, true));
    const { worker } = await startWorker('way-out');
    owned(worker);
    const events = options.events ?? (options.quick ? EVENTS.quick : EVENTS.whole);
    const { consumersUrl, pids } = service;
    await worker.ask({ rabbitmqUrl, consumersUrl, queues: QUEUES, consumers: CONSUMERS, most: events });
    const all = { ...pids, ...serversOf(servers), 'back-ends': worker.pid };
    const heard = await toBackEnds(events, worker, all, say);
    const apart = new URL(rabbitmqUrl);
    apart.pathname = `/${APART}`;
    const without = owned(await startService({ redisUrl, rabbitmqUrl: apart.href, prefix: 'bench-without:' }, false));
    return [...heard, ...(await toClients(options, { with: service, without }))];
  } finally {
    for (const end of ended.reverse()) await end();
  }
};
