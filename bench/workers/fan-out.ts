/** The fan-out’s handler, as Lambda runs it, with a gateway that takes every post. Its settings are in its environment. */
import { Session } from 'node:inspector/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { handler } from '../../functions/fanout.ts';
import { composeRedis } from '../../lib/composition/redis.ts';
import { gateway } from '../../lib/config/variables.ts';
import { config } from '../../lib/config.ts';
import { capabilitiesText, parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { parsePattern } from '../../lib/protocol/pattern.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { shapeOf } from '../../lib/sync/match/shape.ts';
import { batchOf, contextOf } from '../lambda.ts';
import { answerRequests } from '../work.ts';

const IN_FLIGHT = 128;
const DATA = JSON.stringify({ text: 'x'.repeat(180) });

type Request =
  | { readonly listen: readonly string[]; readonly listeners: number; readonly capabilities: string }
  | { readonly run: readonly (readonly string[])[] }
  | { readonly profile: readonly (readonly string[])[] }
  | { readonly bare: number };

const context = contextOf('fanout');
const { subscriptions } = composeRedis();
const bare = new Pool(config(gateway).endpoint, { connections: IN_FLIGHT });

/** Subscribes so many connections to texts, each to all of them. */
const listen = async (texts: readonly string[], listeners: number, capabilities: string): Promise<object> => {
  const found = texts.map((text) => {
    const pattern = parsePattern(text);
    const shape = shapeOf(pattern);
    if (pattern.kind === 'exact') return { text, found: 'by-name' as const };
    return { text, found: shape === undefined ? ('by-matching' as const) : { byShape: shape } };
  });
  for (let i = 0; i < listeners; i++) {
    const connection = {
      id: `${capabilities}-${texts.length}-${i}=`,
      user: `user-${i}`,
      endpoint: config(gateway).endpoint,
      capabilities: parseCapabilities(capabilities),
    };
    await subscriptions.add({ ...connection, session: openSession(0) }, found, 100_000);
  }
  return { capabilities: capabilitiesText(parseCapabilities(capabilities)) };
};

const run = async (batches: readonly (readonly string[])[]): Promise<{ seconds: number; cpu: number }> => {
  const events = batches.map((channels) => batchOf(channels, DATA));
  const began = performance.now();
  const before = process.cpuUsage();
  for (const event of events) await handler(event, context);
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - began) / 1_000, cpu: (user + system) / 1e6 };
};

/** Posts of the same frame, unsigned, as fast as they go. */
const postBare = async (posts: number): Promise<object> => {
  const body = new TextEncoder().encode(JSON.stringify({ type: 'event', data: DATA, about: 'x'.repeat(120) }));
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next < posts) {
        const path = `/@connections/${encodeURIComponent(`bare-1-${next++}=`)}`;
        const response = await bare.request({ method: 'POST', path, body });
        await response.body.dump();
      }
    }),
  );
  return { seconds: (performance.now() - began) / 1_000 };
};

/** The share of the handler’s CPU that is spent in the code that matches. */
const profile = async (batches: readonly (readonly string[])[]): Promise<object> => {
  await run(batches.slice(0, 5));
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 100 });
  await session.post('Profiler.start');
  await run(batches);
  const { profile: taken } = await session.post('Profiler.stop');
  session.disconnect();
  const nodes = new Map(taken.nodes.map((node) => [node.id, node.callFrame]));
  let [busy, matching] = [0, 0];
  for (const [i, id] of (taken.samples ?? []).entries()) {
    const frame = nodes.get(id);
    const time = taken.timeDeltas?.[i] ?? 0;
    if (frame === undefined || frame.functionName === '(idle)') continue;
    busy += time;
    if (/[/]sync[/](?:match|audience|heard)/.test(frame.url)) matching += time;
  }
  return { share: matching / busy };
};

answerRequests<Request>(async (request) => {
  if ('listen' in request) return listen(request.listen, request.listeners, request.capabilities);
  if ('bare' in request) return postBare(request.bare);
  return 'profile' in request ? profile(request.profile) : run(request.run);
});
await pause(0);
process.send?.({ ready: true });
