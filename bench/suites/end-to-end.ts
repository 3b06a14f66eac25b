import { setTimeout as pause } from 'node:timers/promises';
import type { Hops } from '../hops.ts';
import { type Measure, median, type RunOptions, type Suite } from '../measure.ts';
import { startCentrifugo } from '../rivals/centrifugo.ts';
import { type Latency, Listeners, type Saturated } from '../rivals/listeners.ts';
import { startMosquitto } from '../rivals/mosquitto.ts';
import { startNats } from '../rivals/nats.ts';
import { PROMISES, type Promises } from '../rivals/promises.ts';
import type { Rival } from '../rivals/rival.ts';
import { startSocketIo } from '../rivals/socket-io.ts';
import { type Stack, startStack } from '../stack.ts';
import { meanBetween, readStages, STAGES } from '../stages.ts';
import { startTextbook } from '../textbook/start.ts';
import { startWorker } from '../work.ts';

const LISTENERS = 200;
const FEW = 10;
const IN_FLIGHT = 256;

/** Events, one at a time, over which the CPU of the emulator is taken: it is counted in hundredths of a second. */
const ALONE = 500;

/**
 * Of the events of a round, those that the textbook gets: a round takes it as long all the same. Each is two hundred
 * posts under way at once, so that a few saturate it; more would run into its time limit.
 */
const TEXTBOOK_SHARE = 1 / 100;
const TEXTBOOK_IN_FLIGHT = 8;

/** Milliseconds after which what the service counted is written for sure. */
const COUNTED = 2_500;

/** What ours means to reach. */
const TARGETS: Readonly<Record<string, number>> = {
  'e2e.throughput-vs-socketio': 2,
  'e2e.throughput-vs-textbook': 10,
  'e2e.per-cpu-vs-socketio': 1,
  'e2e.per-cpu-vs-nats': 1,
  'e2e.per-cpu-vs-mosquitto': 1,
  'e2e.per-cpu-vs-centrifugo': 1,
  'e2e.latency-vs-socketio': 3,
  'e2e.latency-vs-hops': 1.4,
  'e2e.latency-cpu-of-emulator': 2.2,
  'e2e.frames-per-event': 0.05,
};

const higher = (name: string, value: number, unit = '×'): Measure => measureOf(name, value, unit, 'higher');
const lower = (name: string, value: number, unit = 'ms'): Measure => measureOf(name, value, unit, 'lower');

const measureOf = (short: string, value: number, unit: string, better: Measure['better']): Measure => {
  const name = `e2e.${short}`;
  const target = TARGETS[name];
  return { name, value, unit, better, ...(target === undefined ? {} : { target }) };
};

/** Rounds of all in turn; the first is not counted. @returns the median of a figure of one of them. */
const inTurn = async <T extends object>(
  all: readonly Listeners[],
  rounds: number,
  run: (one: Listeners) => Promise<T>,
): Promise<(kind: string, what: keyof T) => number> => {
  const runs = new Map(all.map(({ rival }) => [rival.kind, [] as T[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const one of all) {
      const result = await run(one);
      if (round > 0) runs.get(one.rival.kind)?.push(result);
    }
  }
  return (kind, what) => median((runs.get(kind) ?? []).map((result) => Number(result[what])));
};

const ours = ({ websocketUrl, pids }: Stack): Rival => ({
  kind: 'ours',
  urls: [websocketUrl],
  pids,
  stop: async () => undefined,
});

/** Milliseconds of the emulator’s process that an event and its listeners take it, one at a time. */
const cpuOfOne = async (listeners: Listeners, stack: Stack): Promise<number> => {
  const before = stack.emulatorCpu();
  await listeners.oneByOne(ALONE);
  return (1_000 * (stack.emulatorCpu() - before)) / ALONE;
};

const described = ({ kind, version }: Rival): string => {
  const { setUp, acknowledged, kept, order, away } = PROMISES[kind] as Promises;
  return `${kind}${version === undefined ? '' : ` ${version}`}: ${setUp}. Acknowledged ${acknowledged}; kept: ${kept}; order: ${order}; who was away gets: ${away}`;
};

/** Collects what is to be stopped, and stops the last first. */
class Opened {
  readonly #all: { stop(): Promise<void> }[] = [];

  async add<T extends { stop(): Promise<void> }>(start: Promise<T>): Promise<T> {
    const one = await start;
    this.#all.push(one);
    return one;
  }

  async stop(): Promise<void> {
    for (const one of this.#all.reverse()) await one.stop();
  }
}

/** Ours by itself, with as many listeners in one process, as revisions before had them. */
const ownFigures = async (listeners: Listeners, stack: Stack, events: number): Promise<readonly Measure[]> => {
  await listeners.join(LISTENERS, 1);
  const many = await inTurn([listeners], 3, (one) => one.saturate(events, IN_FLIGHT));
  await listeners.join(FEW, 1);
  await listeners.oneByOne(ALONE / 5);
  const before = stack.emulatorCpu();
  const { p50 } = await listeners.oneByOne(ALONE);
  const cpu = (1_000 * (stack.emulatorCpu() - before)) / ALONE;
  return [
    higher('throughput', many('ours', 'rate'), '/s'),
    lower('latency', p50),
    lower('latency-cpu-of-emulator', cpu),
  ];
};

/** Starts those that this machine has; who is missing is told of. */
const startRivals = async (
  say: (line: string) => void,
  backends: RunOptions['backends'],
  opened: Opened,
): Promise<readonly Rival[]> => {
  const { redisUrl, redisPid } = await backends();
  const textbook = await opened.add(startTextbook(redisUrl));
  const socketIo = await opened.add(startSocketIo(redisUrl, redisPid));
  const rivals = [socketIo];
  for (const start of [startNats, startMosquitto, () => startCentrifugo(redisUrl, redisPid)]) {
    const rival = await start();
    if (typeof rival === 'string') say(`left out: ${rival}`);
    else rivals.push(await opened.add(Promise.resolve(rival)));
  }
  rivals.push({ kind: 'textbook', urls: [textbook.url], pids: [], stop: async () => undefined });
  return rivals;
};

type Figures<T> = (kind: string, what: keyof T) => number;

/** Ours beside each of them. */
const besideRivals = (rivals: readonly Rival[], many: Figures<Saturated>, few: Figures<Latency>): readonly Measure[] =>
  rivals.flatMap(({ kind, pids }): readonly Measure[] => {
    const times = (what: keyof Saturated): number => many('ours', what) / many(kind, what);
    return [
      higher(`throughput-vs-${kind}`, times('rate')),
      higher(`throughput-of-${kind}`, many(kind, 'rate'), '/s'),
      ...(pids.length === 0
        ? []
        : [higher(`per-cpu-vs-${kind}`, times('perCpu')), higher(`per-cpu-of-${kind}`, many(kind, 'perCpu'), '/s')]),
      lower(`latency-vs-${kind}`, few('ours', 'p50') / few(kind, 'p50'), '×'),
      lower(`latency-of-${kind}`, few(kind, 'p50')),
      lower(`latency-p99-of-${kind}`, few(kind, 'p99')),
      lower(`cores-of-clients-of-${kind}`, many(kind, 'cores'), ''),
    ];
  });

/**
 * Through the emulator with the client library, against what people would pick instead on the same machine, in turn:
 * Socket.IO on two servers that share a Redis, NATS with JetStream, Mosquitto, Centrifugo where its program is named, and a
 * handler as public samples have it on the same emulator.
 */
export const endToEnd: Suite = async (say, { quick, own, backends }) => {
  const opened = new Opened();
  const listen = async (rival: Rival): Promise<Listeners> => opened.add(Listeners.start(rival));
  try {
    const stack = await opened.add(startStack(say, {}, { roomy: true }));
    const events = quick ? 1_000 : 4_000;
    const us = await listen(ours(stack));
    if (own) return await ownFigures(us, stack, events);
    const rivals = await startRivals(say, backends, opened);
    const all = [us];
    for (const rival of rivals) all.push(await listen(rival));
    for (const one of all) await one.join(LISTENERS, 2);
    const many = await inTurn(all, quick ? 2 : 5, (one) =>
      one.rival.kind === 'textbook'
        ? one.saturate(events * TEXTBOOK_SHARE, TEXTBOOK_IN_FLIGHT)
        : one.saturate(events, IN_FLIGHT),
    );
    const cpu = stack.emulatorCpu();
    const { seconds } = await us.saturate(events, IN_FLIGHT);
    const emulatorCores = (stack.emulatorCpu() - cpu) / seconds;

    const { endpoint, httpUrl, rabbitmqUrl, redisUrl, websocketUrl } = stack;
    const way: Hops = { endpoint, rabbitmqUrl, redisUrl, queue: 'bench:hops' };
    const settings = JSON.stringify(way);
    const { worker } = await opened.add(
      startWorker('hops', { HOPS: settings }).then((started) => ({ ...started, stop: () => started.worker.stop() })),
    );
    const hops = await listen({ ...ours(stack), kind: 'hops', urls: [websocketUrl, settings], pids: [worker.pid] });
    const latencies = [...all, hops];
    for (const one of latencies) await one.join(FEW, 1);
    await pause(COUNTED);
    const before = await readStages(httpUrl);
    const few = await inTurn(latencies, quick ? 2 : 5, (one) => one.oneByOne(quick ? 100 : 200));
    await pause(COUNTED);
    const after = await readStages(httpUrl);
    const cpuOfAnEvent = await cpuOfOne(us, stack);

    say(`${LISTENERS} listeners of one channel in two processes, events of 200 bytes, ${IN_FLIGHT} in flight`);
    say(`one at a time: ${FEW} listeners; both emulators with the memory that Node takes by itself`);
    for (const { rival } of all) say(described(rival));
    say(`textbook: ${TEXTBOOK_IN_FLIGHT} in flight, its clients plain sockets`);
    return [
      higher('throughput', many('ours', 'rate'), '/s'),
      higher('per-cpu', many('ours', 'perCpu'), '/s'),
      ...besideRivals(rivals, many, few),
      lower('latency', few('ours', 'p50')),
      lower('latency-p99', few('ours', 'p99')),
      lower('latency-cpu-of-emulator', cpuOfAnEvent),
      lower('latency-vs-hops', few('ours', 'p50') / few('hops', 'p50'), '×'),
      lower('latency-of-hops', few('hops', 'p50')),
      lower('frames-per-event', many('ours', 'framesPerEvent'), ''),
      lower('cores-of-clients', many('ours', 'cores'), ''),
      lower('cores-of-emulator', emulatorCores, ''),
      ...STAGES.map((stage) => lower(`latency-${stage}`, meanBetween(before, after, stage))),
    ];
  } finally {
    await opened.stop();
  }
};
