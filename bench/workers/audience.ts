/** Listeners and a publisher, of this product’s own client library or of a rival’s. */

import { quantile } from '../../client/terminal/quantile.ts';
import type { Audience, Join } from '../audiences/audience.ts';
import { joinCentrifugo } from '../audiences/centrifugo.ts';
import { joinHops } from '../audiences/hops.ts';
import { joinMosquitto } from '../audiences/mosquitto.ts';
import { joinNats } from '../audiences/nats.ts';
import { joinOurs } from '../audiences/ours.ts';
import { joinSocketIo } from '../audiences/socket-io.ts';
import { joinTextbook } from '../audiences/textbook.ts';
import { answerRequests } from '../work.ts';

type Request =
  | { readonly kind: keyof typeof JOIN; readonly urls: readonly string[]; readonly listeners: number }
  /** Counts from now on; `hear` waits until all that are here heard so many events. */
  | { readonly expect: number }
  | { readonly hear: true }
  | { readonly saturate: number; readonly inFlight: number }
  | { readonly oneByOne: number };

const JOIN = {
  centrifugo: joinCentrifugo,
  hops: joinHops,
  mosquitto: joinMosquitto,
  nats: joinNats,
  ours: joinOurs,
  socketio: joinSocketIo,
  textbook: joinTextbook,
} satisfies Record<string, Join>;

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
  if (count === 0) return Promise.resolve();
  return new Promise((resolve) => {
    complete = resolve;
  });
};

/** What listening to a run took. */
interface Part {
  readonly frames: number;
  /** Seconds of this process. */
  readonly cpu: number;
}

let listened: Promise<Part> | undefined;

/** Counts from now on, until all listeners here have heard so many events. */
const listen = async (events: number): Promise<Part> => {
  frames = 0;
  const before = process.cpuUsage();
  await expecting(events * listening);
  const { user, system } = process.cpuUsage(before);
  return { frames, cpu: (user + system) / 1e6 };
};

/** Publishes as fast as it is taken. */
const saturate = async (events: number, inFlight: number): Promise<Part> => {
  const all = listen(events);
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < events) await publish(next++);
    }),
  );
  return all;
};

/** Publishes one event at a time. @returns the milliseconds until everyone has heard it. */
const oneByOne = async (events: number): Promise<object> => {
  const taken: number[] = [];
  for (let n = 0; n < events; n++) {
    const all = expecting(listening);
    const began = performance.now();
    await Promise.all([publish(n), all]);
    taken.push(performance.now() - began);
  }
  return { p50: quantile(taken, 0.5), p99: quantile(taken, 0.99) };
};

answerRequests<Request>(async (request) => {
  if ('expect' in request) {
    listened = listen(request.expect);
    return {};
  }
  if ('hear' in request) return (await listened) ?? {};
  if ('saturate' in request) return saturate(request.saturate, request.inFlight);
  if ('oneByOne' in request) return oneByOne(request.oneByOne);
  await audience?.leave();
  listening = request.listeners;
  audience = await JOIN[request.kind](request.urls, request.listeners, on);
  return {};
});
process.send?.({ ready: true });
