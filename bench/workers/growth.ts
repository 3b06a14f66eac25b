/** The fan-out’s handler with a state that grows along one axis. Its settings are in its environment. */
import { setTimeout as pause } from 'node:timers/promises';
import { handler } from '../../functions/fanout.ts';
import { composeHistory } from '../../lib/composition/history.ts';
import { composeRedis } from '../../lib/composition/redis.ts';
import { gateway } from '../../lib/config/variables.ts';
import { config } from '../../lib/config.ts';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { parseChannel } from '../../lib/protocol/channel.ts';
import { parsePattern } from '../../lib/protocol/pattern.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { withList } from '../../lib/rabbitmq/listed.ts';
import { shapeOf } from '../../lib/sync/match/shape.ts';
import { batchOfMessages, contextOf, type Message } from '../lambda.ts';
import { median } from '../measure.ts';
import { answerRequests } from '../work.ts';

type Request =
  | { readonly axis: string; readonly fill: readonly [from: number, to: number] }
  | { readonly axis: string; readonly time: number; readonly events: number };

const CHANNEL = 'grown:news';
const AT_ONCE = 200;
/** Subscriptions of a connection, where others hold many. */
const EACH = 50;

const context = contextOf('growth');
const redis = composeRedis();
const { directory, subscriptions } = redis;
const history = composeHistory(redis);

const caller = (name: string, capabilities = '') => ({
  ...{ id: `${name}=`, user: name, endpoint: config(gateway).endpoint },
  ...{ capabilities: parseCapabilities(capabilities), session: openSession(0) },
});

const added = (text: string) => {
  const pattern = parsePattern(text);
  const shape = shapeOf(pattern);
  if (pattern.kind === 'exact') return { text, found: 'by-name' as const };
  return { text, found: shape === undefined ? ('by-matching' as const) : { byShape: shape } };
};

const listen = (name: string, texts: readonly string[], capabilities?: string) =>
  subscriptions.add(caller(name, capabilities), texts.map(added), 100_000);

/** Does so for each number of a range, many at once. */
const each = async (from: number, to: number, task: (n: number) => Promise<unknown>): Promise<void> => {
  for (let n = from; n < to; n += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, to - n) }, (_, i) => task(n + i)));
};

/** Texts of others, as many for each connection as one holds. */
const texts = (from: number, to: number, textOf: (n: number) => string) =>
  each(Math.floor(from / EACH), Math.ceil(to / EACH), (holder) => {
    const first = Math.max(from, holder * EACH);
    const held = Array.from({ length: Math.min(to, (holder + 1) * EACH) - first }, (_, i) => textOf(first + i));
    return listen(`other-${holder}`, held);
  });

const stored = async (from: number, to: number, channelOf: (n: number) => string): Promise<void> => {
  for (let n = from; n < to; n += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, to - n) }, (_, i) => ({
      ...{ id: `stored-${n + i}`, channel: parseChannel(channelOf(n + i)), category: 'grown' },
      ...{ priority: 'normal' as const, userId: 'bob', data: JSON.stringify('x'.repeat(180)) },
    }));
    await history.append(batch);
  }
};

const FILL: Readonly<Record<string, (from: number, to: number) => Promise<unknown>>> = {
  listeners: (from, to) => each(from, to, (n) => listen(`listener-${n}`, [CHANNEL])),
  users: (from, to) => each(from, to, (n) => listen(`user-${n}`, [CHANNEL])),
  bytes: (from) => (from === 0 ? each(0, 10, (n) => listen(`listener-${n}`, [CHANNEL])) : Promise.resolve()),
  patterns: (from, to) => texts(from, to, (n) => `other${n % 1_000}:*:${n}`),
  expressions: (from, to) => texts(from, to, (n) => `/^other${n}:[a-z]+:\\d{1,9}$/`),
  channels: (from, to) => stored(from, to, (n) => `other${n % 1_000}:${n}`),
  stored: (from, to) => stored(from, to, () => CHANNEL),
  connections: (from, to) =>
    each(from, to, async (n) => {
      await directory.open(caller(`other-${n}`));
      await listen(`other-${n}`, [`other:${n}`]);
    }),
};

const bytes = (length: number): Uint8Array => Buffer.from(JSON.stringify('x'.repeat(length)));

const messageOf = (axis: string, count: number): Message => {
  if (axis === 'bytes') return { channel: CHANNEL, body: bytes(count) };
  if (axis !== 'users') return { channel: CHANNEL, body: bytes(180) };
  const users = Array.from({ length: count }, (_, n) => `user-${n}`);
  return { channel: CHANNEL, ...withList(users, bytes(180)) };
};

/** Milliseconds of an event that comes by itself, once it is warm. */
const timeOf = async (axis: string, count: number, events: number): Promise<number> => {
  const taken: number[] = [];
  for (let n = 0; n < events + Math.ceil(events / 5); n++) {
    const batch = batchOfMessages([messageOf(axis, count)]);
    const began = performance.now();
    await handler(batch, context);
    taken.push(performance.now() - began);
  }
  return median(taken.slice(-events));
};

// One listener of the channel besides what grows beside it.
if (!['listeners', 'users', 'bytes'].includes(process.env['GROWTH_AXIS'] ?? ''))
  await listen('the-listener', [CHANNEL]);

answerRequests<Request>(async (request) => {
  if ('time' in request) return { time: await timeOf(request.axis, request.time, request.events) };
  await FILL[request.axis]?.(...request.fill);
  return {};
});
await pause(0);
process.send?.({ ready: true });
