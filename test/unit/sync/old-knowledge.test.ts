import { deflateSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { parseGrants } from '../../../lib/protocol/grants.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { answered } from '../../frames.ts';
import { connection } from './world.ts';
import { type ReceivingWorld, receivingWorld } from './worlds.ts';

let world: ReceivingWorld;
const failures: unknown[] = [];

/** As the gateway knows it: what it declared, and may do, since then is in Redis alone. */
const alice = {
  ...connection('A', 'alice', { ...openSession(0), grants: parseGrants({ subscribe: ['a'], publish: ['a'] }) }),
  capabilities: parseCapabilities('batch'),
};

beforeEach(() => {
  failures.length = 0;
  world = receivingWorld({
    compression: { enabled: true, threshold: 1_024 },
    onFailure: (error) => void failures.push(error),
  });
  world.directory.find = () => Promise.reject(new DependencyAway('redis', new Error('gone')));
});

const compressed = (message: object): object => ({
  type: 'compressed',
  encoding: 'deflate',
  data: deflateSync(JSON.stringify(message)).toString('base64'),
});

const publish = (channel: string) => ({ type: 'broadcast', id: '1', channel, data: 1 });

const UNAVAILABLE = { type: 'error', error: { code: 'UNAVAILABLE', retryAfter: 1_000 } };

it.each<[string, object]>([
  ['a channel that a grant of later may cover', publish('b')],
  ['a subscription that a grant of later may cover', { type: 'subscribe', channels: ['b'] }],
  ['what it may have declared since', compressed(publish('a'))],
])('[G-9] while Redis is away %s is refused for now and not for good', async (_, message) => {
  const [answer] = await answered(world, alice, JSON.stringify({ requestId: 7, ...message }));
  expect(JSON.parse(answer as string)).toMatchObject(UNAVAILABLE);
  expect(failures).toEqual([expect.any(DependencyAway)]);
  expect(world.bus.published).toEqual([]);
});

it('[G-9] so is each of a batch, and what it might do when it connected is done', async () => {
  const messages = [publish('a'), publish('b'), publish('not a channel')];
  const [answer] = await answered(world, alice, JSON.stringify({ type: 'batch', messages }));
  expect(JSON.parse(answer as string)).toMatchObject({
    messages: [{ type: 'ack', id: '1' }, UNAVAILABLE, { type: 'error', error: { code: 'INVALID_CHANNEL' } }],
  });
});
