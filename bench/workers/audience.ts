/** Listeners and a publisher, of this product’s own client library or of a rival’s. */
import type { Audience, Join } from '../audiences/audience.ts';
import { joinHops } from '../audiences/hops.ts';
import { joinOurs } from '../audiences/ours.ts';
import { joinSocketIo } from '../audiences/socket-io.ts';
import { joinTextbook } from '../audiences/textbook.ts';
import { quantile } from '../measure.ts';
import { answerRequests } from '../work.ts';

type Request =
  | { readonly kind: keyof typeof JOIN; readonly urls: readonly string[]; readonly listeners: number }
  | { readonly saturate: number; readonly inFlight: number }
  | { readonly oneByOne: number };

const JOIN = { hops: joinHops, ours: joinOurs, 'socket.io': joinSocketIo, textbook: joinTextbook } satisfies Record<
  string,
  Join
>;

let heard = 0;
let frames = 0;
let wanted = 0;
let complete: (() => void) | undefined;
let audience: Audience | undefined;
let listening = 0;

const on = {
  event: (): void => {
    if (++heard === wanted) complete?.();
  },
  frame: (): void => {
    frames++;
  },
};

const publish = async (n: number): Promise<void> => void (await audience?.publish(n));

const expecting = (count: number): Promise<void> => {
  heard = 0;
  wanted = count;
  return new Promise((resolve) => {
    complete = resolve;
  });
};

/** Publishes as fast as it is taken. @returns deliveries a second, until the last has been heard, and the cores it took. */
const saturate = async (events: number, inFlight: number): Promise<object> => {
  frames = 0;
  const all = expecting(events * listening);
  const began = performance.now();
  const before = process.cpuUsage();
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < events) await publish(next++);
    }),
  );
  await all;
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(before);
  return {
    rate: (events * listening) / seconds,
    framesPerEvent: frames / (events * listening),
    seconds,
    cores: (user + system) / 1e6 / seconds,
  };
};

/** Publishes one event at a time. @returns the median of the milliseconds until everyone has heard it. */
const oneByOne = async (events: number): Promise<object> => {
  const taken: number[] = [];
  for (let n = 0; n < events; n++) {
    const all = expecting(listening);
    const began = performance.now();
    await Promise.all([publish(n), all]);
    taken.push(performance.now() - began);
  }
  return { p50: quantile(taken, 0.5) };
};

answerRequests<Request>(async (request) => {
  if ('saturate' in request) return saturate(request.saturate, request.inFlight);
  if ('oneByOne' in request) return oneByOne(request.oneByOne);
  await audience?.leave();
  listening = request.listeners;
  audience = await JOIN[request.kind](request.urls, request.listeners, on);
  return {};
});
process.send?.({ ready: true });
