import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { DependencyAway, Refused } from '../../../lib/ports/dependency.ts';
import type { Poison } from '../../../lib/ports/incoming.ts';
import type { Exceeded, RateLimiter, Toll } from '../../../lib/ports/rate-limiter.ts';
import { tellingParking } from '../../../lib/sync/tell-parked.ts';
import { tellingLimiter } from '../../../lib/sync/telling-limiter.ts';
import { UnderWay } from './under-way.ts';

const LIMIT: Exceeded = { level: 'user', points: 1, duration: 60_000, retryAfter: 1, persistent: false };
const toll = (user: string): Toll => ({ connection: 'A', user, messages: new Map() });

describe('[V-6] that a limit was reached is told', () => {
  const underTest = (fails = false) => {
    const told: string[] = [];
    const owed: unknown[] = [];
    const failures: unknown[] = [];
    const refused = async ({ user }: Toll) => (user === 'good' ? undefined : LIMIT);
    const inner: RateLimiter = {
      take: refused,
      takeHandshake: async () => LIMIT,
      owe: (user, work) => void owed.push([user, work]),
      refuse: ({ user }) => (user === 'good' ? undefined : LIMIT),
    };
    const clock = new ManualClock();
    const exceeded = async (user: string, level: string) => {
      if (fails) throw new DependencyAway('redis', new Error('away'));
      told.push(`${user} ${level}`);
    };
    return {
      clock,
      told,
      owed,
      failures,
      limiter: tellingLimiter(inner, { exceeded }, clock, (error) => failures.push(error)),
    };
  };

  it('once a minute of each user, and of nobody who keeps within it', async () => {
    const { clock, told, limiter } = underTest();
    expect(await limiter.take(toll('good'))).toBeUndefined();
    for (let i = 0; i < 3; i++) expect(await limiter.take(toll('bad'))).toBe(LIMIT);
    expect(limiter.refuse(toll('bad'))).toBe(LIMIT);
    expect(await limiter.takeHandshake('other')).toBe(LIMIT);
    expect(told).toEqual(['bad user', 'other user']);
    await clock.sleep(59_999);
    expect(limiter.refuse(toll('bad'))).toBe(LIMIT);
    expect(told).toHaveLength(2);
    await clock.sleep(1);
    expect(limiter.refuse(toll('bad'))).toBe(LIMIT);
    expect(told).toEqual(['bad user', 'other user', 'bad user']);
  });

  it('remembering ten thousand of whom it was told, and then none', async () => {
    const { told, limiter } = underTest();
    for (let user = 0; user < 10_000; user++) await limiter.take(toll(`${user}`));
    await limiter.take(toll('0'));
    expect(told).toHaveLength(10_000);
    await limiter.take(toll('another'));
    await limiter.take(toll('0'));
    expect(told.slice(10_000)).toEqual(['another user', '0 user']);
  });

  it('and has what is owed taken as it is', () => {
    const { owed, limiter } = underTest();
    limiter.owe('alice', 3 as never);
    expect(owed).toEqual([['alice', 3]]);
  });

  it('and decides nothing where it cannot be', async () => {
    const { failures, limiter } = underTest(true);
    expect(await limiter.take(toll('bad'))).toBe(LIMIT);
    expect(await limiter.take(toll('bad'))).toBe(LIMIT);
    expect(failures).toHaveLength(2);
  });
});

describe('[V-6] that a message was parked is told', () => {
  const poison = (changes: Partial<Poison> = {}): Poison => ({
    queue: 'events.0',
    reason: 'no JSON',
    headers: { channel: 'a', 'x-delivery-count': 1 },
    messageId: 'm',
    body: Buffer.from('{'),
    ...changes,
  });

  const underTest = (failure?: Error) => {
    const steps: unknown[] = [];
    const failures: unknown[] = [];
    const parked = async (name: string, data: unknown) => {
      if (failure !== undefined) throw failure;
      steps.push(['told', name, data]);
    };
    const park = async ({ queue }: Poison) => void steps.push(['parked', queue]);
    return { steps, failures, parking: tellingParking({ park }, { parked }, (error) => failures.push(error)) };
  };

  it('before it is, by the same name when the batch comes back', async () => {
    const { steps, parking } = underTest();
    await parking.park(poison());
    await parking.park(poison({ headers: { channel: 'a', 'x-delivery-count': 2 } }));
    await parking.park(poison({ body: Buffer.from('[') }));
    const [first, done, again, , other] = steps as [string, string, unknown][];
    expect(first?.[2]).toEqual({ queue: 'events.0', reason: 'no JSON', channel: 'a', messageId: 'm' });
    expect(done).toEqual(['parked', 'events.0']);
    expect(again?.[1]).toBe(first?.[1]);
    expect(other?.[1]).not.toBe(first?.[1]);
  });

  it('and is parked, once both are done', async () => {
    const underWay = new UnderWay();
    const events = { parked: async () => undefined };
    const ports = underWay.of({ bus: { park: async () => undefined }, events }, 'bus', 'events');
    await tellingParking(ports.bus, ports.events, () => undefined).park(poison());
    expect([underWay.made, underWay.calls]).toEqual([2, []]);
  });

  it('whatever its publisher wrote, and not where it was meant for a channel of the service’s own', async () => {
    const { steps, parking } = underTest();
    await parking.park(poison({ headers: { channel: 7 }, messageId: undefined, reason: '\ud800'.repeat(2_000) }));
    await parking.park(poison({ headers: { channel: '$service:users' } }));
    expect(steps).toEqual([
      ['told', expect.any(String), { queue: 'events.0', reason: '\ufffd'.repeat(1_000) }],
      ['parked', 'events.0'],
      ['parked', 'events.0'],
    ]);
  });

  it('and holds it up only where Redis is away', async () => {
    const away = underTest(new DependencyAway('redis', new Error('away')));
    await expect(away.parking.park(poison())).rejects.toThrow(DependencyAway);
    expect(away.steps).toEqual([]);
    const refused = underTest(new Refused('redis', new Error('ERR')));
    await refused.parking.park(poison());
    expect([refused.steps, refused.failures.length]).toEqual([[['parked', 'events.0']], 1]);
  });
});
