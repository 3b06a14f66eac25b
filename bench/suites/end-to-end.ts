import { median, type Suite } from '../measure.ts';
import { startStack } from '../stack.ts';
import { startWorker, type Worker } from '../work.ts';

const LISTENERS = 200;
const FEW = 10;
const IN_FLIGHT = 256;

interface Saturated {
  readonly rate: number;
  readonly framesPerEvent: number;
}

/** Through the emulator with the client library, against Socket.IO on two servers that share a Redis. */
export const endToEnd: Suite = async (say, { quick, backends }) => {
  const { redisUrl } = await backends();
  const stack = await startStack(say);
  const servers = [
    await startWorker<{ port: number }>('socket-io', { REDIS_URL: redisUrl }),
    await startWorker<{ port: number }>('socket-io', { REDIS_URL: redisUrl }),
  ];
  const rivals = {
    ours: { urls: [stack.websocketUrl], audience: (await startWorker('audience')).worker },
    'socket.io': {
      urls: servers.map(({ said }) => `http://127.0.0.1:${said.port}`),
      audience: (await startWorker('audience')).worker,
    },
  } as const;
  const entries = Object.entries(rivals) as ['ours' | 'socket.io', { urls: string[]; audience: Worker }][];
  const join = async (listeners: number): Promise<void> => {
    for (const [kind, { urls, audience }] of entries) await audience.ask({ kind, urls, listeners });
  };
  try {
    const events = quick ? 1_000 : 4_000;
    const rates = new Map(entries.map(([kind]) => [kind, [] as number[]]));
    let framesPerEvent = Number.NaN;
    await join(LISTENERS);
    for (let round = 0; round <= (quick ? 2 : 5); round++) {
      for (const [kind, { audience }] of entries) {
        const run = await audience.ask<Saturated>({ saturate: events, inFlight: IN_FLIGHT });
        if (kind === 'ours') framesPerEvent = run.framesPerEvent;
        if (round > 0) rates.get(kind)?.push(run.rate);
      }
    }
    await join(FEW);
    const latency = new Map<string, number>();
    for (const [kind, { audience }] of entries) {
      await audience.ask({ oneByOne: 50 });
      latency.set(kind, (await audience.ask<{ p50: number }>({ oneByOne: quick ? 150 : 500 })).p50);
    }
    say(
      `${LISTENERS} listeners of one channel, events of 200 bytes, ${IN_FLIGHT} in flight; one at a time: ${FEW} listeners`,
    );
    const rate = (kind: 'ours' | 'socket.io'): number => median(rates.get(kind) ?? []);
    const p50 = (kind: 'ours' | 'socket.io'): number => latency.get(kind) ?? Number.NaN;
    return [
      {
        name: 'e2e.throughput-vs-socketio',
        value: rate('ours') / rate('socket.io'),
        unit: '×',
        target: 1,
        better: 'higher',
      },
      { name: 'e2e.throughput', value: rate('ours'), unit: '/s', better: 'higher' },
      {
        name: 'e2e.latency-vs-socketio',
        value: p50('ours') / p50('socket.io'),
        unit: '×',
        target: 3,
        better: 'lower',
      },
      { name: 'e2e.latency', value: p50('ours'), unit: 'ms', better: 'lower' },
      { name: 'e2e.frames-per-event', value: framesPerEvent, unit: '', target: 0.05, better: 'lower' },
    ];
  } finally {
    for (const [, { audience }] of entries) await audience.stop();
    for (const { worker } of servers) await worker.stop();
    await stack.stop();
  }
};
