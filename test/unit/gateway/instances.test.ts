import { expect, it } from 'vitest';
import { ApiGateway } from '../../../lib/gateway/api-gateway.ts';
import type { Transport } from '../../../lib/gateway/transport.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { patienceOf } from '../../../lib/ports/gateway.ts';
import { connection } from '../sync/world.ts';

const FRAME = new TextEncoder().encode('{}');
const OTHER = 'http://other:3001';

const refused = (): Error => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

/** An instance of several. The others do as is said here. */
const instance = () => {
  const clock = new ManualClock();
  const others: { answer: () => number; hasEnded: () => Promise<boolean> } = {
    answer: () => {
      throw new Error('no answer');
    },
    hasEnded: async () => true,
  };
  const asked = { posts: 0, leases: [] as string[] };
  const transport: Transport = {
    post: async (origin) => {
      await clock.sleep(1);
      if (origin !== OTHER) return 410;
      asked.posts++;
      return others.answer();
    },
    end: async () => undefined,
  };
  const leases = {
    hasEnded: (endpoint: string) => {
      asked.leases.push(endpoint);
      return others.hasEnded();
    },
  };
  const settings = { endpoint: 'http://own:3001', region: 'us-east-1', credentials: undefined };
  const gateway = new ApiGateway(settings, clock, { transport, leases });
  const theirs = { ...connection('alice'), endpoint: OTHER };
  return { clock, others, asked, gateway, theirs, post: () => gateway.post(theirs, FRAME, patienceOf(2_000)) };
};

it('what is at an instance that refuses connections is gone, whatever its lease says', async () => {
  const { others, asked, post } = instance();
  others.answer = () => {
    throw refused();
  };
  others.hasEnded = async () => false;
  expect(await post()).toBe('gone');
  expect(asked).toEqual({ posts: 1, leases: [] });
});

it('what is at an instance that does not answer is gone once its lease has ended', async () => {
  const { asked, post } = instance();
  expect(await post()).toBe('gone');
  expect(asked).toEqual({ posts: 1, leases: [OTHER] });
});

it.each([
  ['has not ended', async () => false],
  ['cannot be asked for', () => Promise.reject(new Error('Redis is away'))],
])('what is at one whose lease %s is given up alone: nobody waits for that instance', async (_, hasEnded) => {
  const { others, asked, post } = instance();
  others.hasEnded = hasEnded;
  expect(await post()).toBe('stuck');
  expect(asked.posts).toBeGreaterThan(3);
});

it('one that was gone is not asked for ten seconds, and then once more', async () => {
  const { clock, others, asked, gateway, theirs, post } = instance();
  await post();
  await clock.sleep(10_000);
  expect(await post()).toBe('gone');
  expect(await gateway.find(theirs)).toBe('gone');
  await gateway.close(theirs);
  expect(asked.posts).toBe(1);
  await clock.sleep(1);
  others.answer = () => 200;
  expect(await post()).toBe('taken');
  // It is back, and is asked from then on.
  expect(await post()).toBe('taken');
  expect(asked.posts).toBe(3);
});

it('one that does not answer lately, and lives, is asked all the same', async () => {
  const { others, asked, post } = instance();
  others.hasEnded = async () => false;
  await post();
  const { posts } = asked;
  others.answer = () => 200;
  expect(await post()).toBe('taken');
  expect(asked.posts).toBe(posts + 1);
});

it('a lease is looked at once a second, however many connections are asked for', async () => {
  const { clock, asked, post } = instance();
  for (let n = 0; n < 10; n++) await post();
  await clock.sleep(998);
  await post();
  expect(asked.leases).toHaveLength(1);
  await clock.sleep(2);
  await post();
  expect(asked.leases).toHaveLength(2);
});

it('what is at an instance lives where no instance has a lease', async () => {
  const clock = new ManualClock();
  const transport: Transport = {
    post: async () => {
      await clock.sleep(1);
      throw new Error('no answer');
    },
    end: async () => undefined,
  };
  const settings = { endpoint: 'http://own:3001', region: 'us-east-1', credentials: undefined };
  const gateway = new ApiGateway(settings, clock, { transport });
  expect(await gateway.post({ ...connection('alice'), endpoint: OTHER }, FRAME, patienceOf(500))).toBe('stuck');
});

it('nothing is gone where its own gateway refuses connections: that one is waited for', async () => {
  const { clock, asked } = instance();
  const transport: Transport = {
    post: async () => {
      await clock.sleep(1);
      throw refused();
    },
    end: async () => undefined,
  };
  const settings = { endpoint: 'http://own:3001', region: 'us-east-1', credentials: undefined };
  const gateway = new ApiGateway(settings, clock, { transport, leases: { hasEnded: async () => true } });
  const own = { ...connection('alice'), endpoint: settings.endpoint };
  await expect(gateway.post(own, FRAME, patienceOf(500))).rejects.toMatchObject({ dependency: 'gateway' });
  expect(asked.leases).toEqual([]);
});
