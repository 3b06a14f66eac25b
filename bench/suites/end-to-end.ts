import { setTimeout as pause } from 'node:timers/promises';
import type { Hops } from '../hops.ts';
import { type Measure, median, type Suite } from '../measure.ts';
import { type Stack, startStack } from '../stack.ts';
import { meanBetween, readStages, STAGES } from '../stages.ts';
import { startTextbook } from '../textbook/start.ts';
import { startWorker, type Worker } from '../work.ts';

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

interface Saturated {
  readonly rate: number;
  readonly framesPerEvent: number;
  readonly seconds: number;
  /** Of the machine, that the listeners and their publisher kept busy. */
  readonly cores: number;
}

interface Joined {
  readonly kind: string;
  readonly urls: readonly string[];
  readonly audience: Worker;
}

interface Rival extends Joined {
  /** Events of one round. */
  readonly events: number;
  /** Of these, under way at once. */
  readonly inFlight: number;
}

/** Rates of each rival at saturation, round by round in turn; the first round is not counted. */
const saturated = async (rivals: readonly Rival[], rounds: number) => {
  const runs = new Map(rivals.map(({ kind }) => [kind, [] as Saturated[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const { kind, audience, events, inFlight } of rivals) {
      const run = await audience.ask<Saturated>({ saturate: events, inFlight });
      if (round > 0) runs.get(kind)?.push(run);
    }
  }
  return (kind: string, what: keyof Saturated): number => median((runs.get(kind) ?? []).map((run) => run[what]));
};

/** Milliseconds until all have heard an event, one at a time: of each rival, round by round in turn. */
const oneByOne = async (rivals: readonly Joined[], rounds: number, events: number) => {
  const runs = new Map(rivals.map(({ kind }) => [kind, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const { kind, audience } of rivals) {
      const { p50 } = await audience.ask<{ p50: number }>({ oneByOne: events });
      if (round > 0) runs.get(kind)?.push(p50);
    }
  }
  return (kind: string): number => median(runs.get(kind) ?? []);
};

const rateOf = (value: number): Measure => ({ name: 'e2e.throughput', value, unit: '/s', better: 'higher' });
const latencyOf = (value: number): Measure => ({ name: 'e2e.latency', value, unit: 'ms', better: 'lower' });
const cpuOfEmulator = (value: number): Measure => ({ ...latencyOf(value), name: 'e2e.latency-cpu-of-emulator' });

/** Ours by itself, with as many listeners. */
const ownFigures = async (ours: Rival, stack: Stack): Promise<readonly Measure[]> => {
  const { kind, urls, audience } = ours;
  await audience.ask({ kind, urls, listeners: LISTENERS });
  const many = await saturated([ours], 3);
  await audience.ask({ kind, urls, listeners: FEW });
  await audience.ask({ oneByOne: ALONE / 5 });
  const before = stack.emulatorCpu();
  const { p50 } = await audience.ask<{ p50: number }>({ oneByOne: ALONE });
  const cpu = (1_000 * (stack.emulatorCpu() - before)) / ALONE;
  return [rateOf(many(kind, 'rate')), latencyOf(p50), cpuOfEmulator(cpu)];
};

/**
 * Through the emulator with the client library, against Socket.IO on two servers that share a Redis, and against a
 * handler as public samples have it on the same emulator.
 */
export const endToEnd: Suite = async (say, { quick, own, backends }) => {
  const opened: { stop(): Promise<void> }[] = [];
  const opening = async <T extends { stop(): Promise<void> }>(start: Promise<T>): Promise<T> => {
    const begun = await start;
    opened.push(begun);
    return begun;
  };
  const audience = async () => opening(startWorker('audience').then(({ worker }) => worker));
  const socketIo = async (redisUrl: string) => {
    const { worker, said } = await startWorker<{ port: number }>('socket-io', { REDIS_URL: redisUrl });
    await opening(Promise.resolve(worker));
    return `http://127.0.0.1:${said.port}`;
  };
  try {
    const stack = await opening(startStack(say, {}, true));
    const { websocketUrl, httpUrl } = stack;
    const events = quick ? 1_000 : 4_000;
    const ours: Rival = { kind: 'ours', urls: [websocketUrl], audience: await audience(), events, inFlight: IN_FLIGHT };
    if (own) return await ownFigures(ours, stack);
    const { redisUrl } = await backends();
    const { url } = await opening(startTextbook(redisUrl));
    const socketIoPair: Rival = {
      kind: 'socket.io',
      urls: [await socketIo(redisUrl), await socketIo(redisUrl)],
      audience: await audience(),
      events,
      inFlight: IN_FLIGHT,
    };
    const textbook: Rival = {
      kind: 'textbook',
      urls: [url],
      audience: await audience(),
      events: events * TEXTBOOK_SHARE,
      inFlight: TEXTBOOK_IN_FLIGHT,
    };
    const join = async (rivals: readonly Joined[], listeners: number): Promise<void> => {
      for (const { kind, urls, audience } of rivals) await audience.ask({ kind, urls, listeners });
    };

    const rivals = [ours, socketIoPair, textbook];
    await join(rivals, LISTENERS);
    const many = await saturated(rivals, quick ? 2 : 5);
    const cpu = stack.emulatorCpu();
    const alone = await ours.audience.ask<Saturated>({ saturate: events, inFlight: IN_FLIGHT });
    const emulatorCores = (stack.emulatorCpu() - cpu) / alone.seconds;
    const { endpoint, rabbitmqUrl } = stack;
    const way: Hops = { endpoint, rabbitmqUrl, redisUrl: stack.redisUrl, queue: 'bench:hops' };
    const settings = JSON.stringify(way);
    await opening(startWorker('hops', { HOPS: settings }).then(({ worker }) => worker));
    const hops: Joined = { kind: 'hops', urls: [websocketUrl, settings], audience: await audience() };
    await join([...rivals, hops], FEW);
    await pause(COUNTED);
    const before = await readStages(httpUrl);
    const few = await oneByOne([...rivals, hops], quick ? 2 : 5, quick ? 100 : 200);
    await pause(COUNTED);
    const after = await readStages(httpUrl);
    const cpuBefore = stack.emulatorCpu();
    await ours.audience.ask({ oneByOne: ALONE });
    const cpuOfOne = (1_000 * (stack.emulatorCpu() - cpuBefore)) / ALONE;
    say(
      `${LISTENERS} listeners of one channel, events of 200 bytes, ${IN_FLIGHT} in flight; one at a time: ${FEW} listeners`,
    );
    say('both emulators with the memory that Node takes by itself; npm start spares it');
    say('socket.io: listeners spread over both servers, acknowledged once in the stream, recovery of connections on');
    say(
      `textbook: ${TEXTBOOK_IN_FLIGHT} in flight, its clients plain sockets; limits that count and no load reaches for ours`,
    );
    const rate = (kind: string): number => many(kind, 'rate');
    const measures: Measure[] = [
      {
        name: 'e2e.throughput-vs-socketio',
        value: rate('ours') / rate('socket.io'),
        unit: '×',
        target: 1,
        better: 'higher',
      },
      {
        name: 'e2e.throughput-vs-textbook',
        value: rate('ours') / rate('textbook'),
        unit: '×',
        target: 10,
        better: 'higher',
      },
      rateOf(rate('ours')),
      { name: 'e2e.throughput-of-socketio', value: rate('socket.io'), unit: '/s', better: 'higher' },
      { name: 'e2e.throughput-of-textbook', value: rate('textbook'), unit: '/s', better: 'higher' },
      {
        name: 'e2e.latency-vs-socketio',
        value: few('ours') / few('socket.io'),
        unit: '×',
        target: 3,
        better: 'lower',
      },
      latencyOf(few('ours')),
      cpuOfEmulator(cpuOfOne),
      { name: 'e2e.latency-vs-hops', value: few('ours') / few('hops'), unit: '×', better: 'lower' },
      { name: 'e2e.latency-of-hops', value: few('hops'), unit: 'ms', better: 'lower' },
      { name: 'e2e.latency-of-socketio', value: few('socket.io'), unit: 'ms', better: 'lower' },
      { name: 'e2e.latency-of-textbook', value: few('textbook'), unit: 'ms', better: 'lower' },
      { name: 'e2e.frames-per-event', value: many('ours', 'framesPerEvent'), unit: '', target: 0.05, better: 'lower' },
      { name: 'e2e.cores-of-clients', value: many('ours', 'cores'), unit: '', better: 'lower' },
      { name: 'e2e.cores-of-emulator', value: emulatorCores, unit: '', better: 'lower' },
      { name: 'e2e.cores-of-clients-of-socketio', value: many('socket.io', 'cores'), unit: '', better: 'lower' },
      ...STAGES.map(
        (stage): Measure => ({
          name: `e2e.latency-${stage}`,
          value: meanBetween(before, after, stage),
          unit: 'ms',
          better: 'lower',
        }),
      ),
    ];
    return measures;
  } finally {
    for (const one of opened.reverse()) await one.stop();
  }
};
