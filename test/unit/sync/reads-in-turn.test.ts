import { describe, expect, it } from 'vitest';
import { MemoryRateLimiter } from '../../../lib/memory/rate-limiter.ts';
import { ReadsInTurn } from '../../../lib/sync/reads-in-turn.ts';
import { answered } from '../../frames.ts';
import { LIMITS } from './watched-limiter.ts';
import { connection, event } from './world.ts';
import { receivingWorld } from './worlds.ts';

const NOW = 1_700_000_000_000;
const READING = [
  { type: 'replay', since: NOW, limit: 1 },
  { type: 'subscribe', patterns: ['**'], options: { sendInitialState: true } },
  { type: 'subscribe', patterns: ['**'], options: { replayEvents: true } },
];

/** A world in which an answer reads a thousand histories, which is 63 points of the hundred that a user has. */
const setUp = async () => {
  const ports = receivingWorld();
  const points = { connection: 1_000, user: 100, global: 10_000 };
  /** That of one process: of each it knows what is owed there alone. */
  const limiterOf = () => new MemoryRateLimiter(ports.store, { ...LIMITS, points, types: {} });
  const world = { ...ports, limiter: limiterOf() };
  const elsewhere = { ...ports, limiter: limiterOf() };
  const channels = Array.from({ length: 1_500 }, (_, i) => `many:${i}`);
  await ports.history.append(channels.map((channel, i) => event(channel, `${i}`)));
  const read = ports.history.read.bind(ports.history);
  const seen = { most: 0 };
  let under = 0;
  ports.history.read = async (requests, filter) => {
    seen.most = Math.max(seen.most, ++under);
    try {
      // Redis answers later than whatever else is asked meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
      return await read(requests, filter);
    } finally {
      under--;
    }
  };
  const ask = async (user: string, message: object, device = 'A', at = world): Promise<{ readonly type: string }> => {
    const frames = await answered(at, connection(`${user}-${device}`, user), JSON.stringify(message));
    return JSON.parse(frames.at(-1) as string);
  };
  return { ask, seen, elsewhere };
};

describe('[L-12] reads of one user', () => {
  it.each(READING)(
    'are made one after another, and refused once one used up a limit: $type $options',
    async (message) => {
      const { ask, seen } = await setUp();
      await ask('alice', { type: 'subscribe', patterns: ['**'] });
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask('alice', message)));
      expect(seen.most).toBe(1);
      const refused = answers.filter(({ type }) => type === 'error');
      expect(refused.length).toBeGreaterThanOrEqual(8);
      for (const answer of refused) {
        expect(answer).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED', type: 'user' } });
      }
      expect(answers.length - refused.length).toBeGreaterThanOrEqual(1);
    },
  );

  it('are not held up by those of another', async () => {
    const { ask, seen } = await setUp();
    for (const user of ['alice', 'bob']) await ask(user, { type: 'subscribe', patterns: ['**'] });
    const [message] = READING as [object];
    const answers = await Promise.all(['alice', 'bob'].map((user) => ask(user, message)));
    expect(answers).toMatchObject([{ type: 'replay' }, { type: 'replay' }]);
    expect(seen.most).toBe(2);
  });

  it('are paid when they are done, not with what the user sends next', async () => {
    const { ask, elsewhere } = await setUp();
    await ask('alice', { type: 'subscribe', patterns: ['**'] });
    for (let n = 0; n < 2; n++) await ask('alice', READING[0] as object);
    // Another process knows of no debt.
    expect(await ask('alice', { type: 'ping' }, 'B', elsewhere)).toMatchObject({
      error: { code: 'RATE_LIMIT_EXCEEDED' },
    });
  });
});

describe('ReadsInTurn', () => {
  it('goes on behind a read that failed, or could not be paid', async () => {
    const reads = new ReadsInTurn();
    const fails = async () => Promise.reject(new Error('away'));
    const free = async () => undefined;
    const done: string[] = [];
    const all = [
      reads.take('alice', fails, free),
      reads.take('alice', async () => 1, fails),
      reads.take('alice', async () => done.push('third'), free),
    ];
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(done).toEqual(['third']);
  });
});
