import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ProtocolError } from '../../../lib/protocol/errors.ts';
import { acknowledge, placeConsumer, showConsumer } from '../../../lib/sync/consume/consumers.ts';
import type { Pulled } from '../../../lib/sync/consume/pull.ts';
import { ConsumerRefused } from '../../../lib/sync/consume/refusal.ts';
import { consuming } from './consuming.ts';
import { Ledger } from './ledger.ts';

const PATTERNS = ['a:*', '/b[.]\\d/', 'c'];
const HEARD = ['a:1', 'a:2', 'a:3', 'b.1', 'c'];
const OTHERS = ['b.x', 'd', 'a'];
const WORKERS = 3;
const LEASE = 1_000;

/** What may happen, in any order. */
type Step =
  | { readonly kind: 'append'; readonly channel: string; readonly events: number }
  | { readonly kind: 'wait'; readonly duration: number }
  | { readonly kind: 'pull'; readonly worker: number; readonly limit: number }
  | { readonly kind: 'acknowledge'; readonly worker: number }
  | { readonly kind: 'crash'; readonly worker: number }
  | { readonly kind: 'place' | 'forget' | 'put' };

const worker = fc.nat({ max: WORKERS - 1 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      channel: fc.constantFrom(...HEARD, ...OTHERS),
      events: fc.integer({ min: 1, max: 7 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), duration: fc.integer({ min: 1, max: 1_200 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('pull' as const), worker, limit: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), worker }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), worker }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('place' as const, 'forget' as const, 'put' as const) }) },
);

const inOrder = ({ events }: Pulled): void => {
  const last = new Map<string, number>();
  for (const { channel, offset, timestamp: _ } of events) {
    expect(offset).toBeGreaterThan(last.get(channel) ?? 0);
    last.set(channel, offset);
  }
};

it('[Q-4] [Q-5] [Q-6] [Q-7] leaves nothing out, in order, whatever workers do and whatever is trimmed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(steps, { minLength: 5, maxLength: 60 }),
      fc.constantFrom(3, 8, 1_000),
      async (plan, maxEvents) => {
        const { during, clock, append, put, pull, world, me } = consuming(maxEvents);
        await during(async () => {
          const ledger = new Ledger(HEARD);
          const appended = new Map<string, number>();
          /** What each worker holds, and whether its lease was given away or taken. */
          const held: (Pulled | undefined)[] = [];
          let holder: number | undefined;
          await put('c', { patterns: PATTERNS });
          const take = async (who: number): Promise<void> => {
            const pulled = held[who];
            if (pulled?.fence === undefined || pulled.fence === null) return;
            const done = await acknowledge(world, me, 'c', pulled.fence).then(
              () => true,
              (error: unknown) => {
                expect(error).toMatchObject({ code: 'LEASE_LOST' });
                return false;
              },
            );
            expect(done).toBe(holder === who);
            held[who] = undefined;
            if (done) [holder] = [undefined, ledger.take(pulled)];
          };
          for (const step of plan) {
            if (step.kind === 'append') {
              await append(step.channel, step.events);
              appended.set(step.channel, (appended.get(step.channel) ?? 0) + step.events);
            } else if (step.kind === 'wait') await clock.sleep(step.duration);
            else if (step.kind === 'crash') held[step.worker] = undefined;
            else if (step.kind === 'acknowledge') await take(step.worker);
            else if (step.kind === 'pull') {
              const pulled = await pull('c', { limit: step.limit, lease: LEASE }).catch((error: unknown) => {
                expect(error instanceof ConsumerRefused && error.code).toBe('LEASED');
                return undefined;
              });
              if (pulled === undefined) continue;
              inOrder(pulled);
              expect(pulled.events.length).toBeLessThanOrEqual(step.limit);
              // Whoever had it has lost it.
              holder = pulled.fence === null ? undefined : step.worker;
              held[step.worker] = pulled.fence === null ? undefined : pulled;
            } else if (step.kind === 'put') await put('c', { patterns: PATTERNS });
            else {
              const { since, positions } = await showConsumer(world, me, 'c');
              // Positions may be left out: some comes twice then.
              await placeConsumer(world, me, 'c', { since, ...(step.kind === 'place' ? { positions } : {}) });
              holder = undefined;
            }
          }
          // Whoever is left reads the rest.
          await clock.sleep(LEASE);
          for (let rounds = 0; rounds < 200; rounds++) {
            const pulled = await pull('c', { limit: 5 });
            if (pulled.fence === null) break;
            [holder, held[0]] = [0, pulled];
            await take(0);
          }
          ledger.complete(appended);
        });
      },
    ),
    { numRuns: 400 },
  );
}, 300_000);

it('[Q-6] answers who pulls too often as everybody', async () => {
  const { during, put, pull, limiter } = consuming();
  await during(async () => {
    await put('c', { patterns: ['a'] });
    limiter.exceeded = { level: 'user', points: 1, duration: 1_000, retryAfter: 500, persistent: false };
    await expect(pull('c')).rejects.toBeInstanceOf(ProtocolError);
  });
});
