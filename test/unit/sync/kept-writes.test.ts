import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import { MOST_PUBLISHERS } from '../../../lib/ports/sequence.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { answered } from '../../frames.ts';
import { connection, event } from './world.ts';
import { receivingWorld } from './worlds.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Milliseconds for which the worlds of tests keep events. */
const RETENTION = 7 * DAY;

/** A publisher has no more without an answer. */
const MOST_UNACKED = 100;

const alice = { ...connection('A', 'alice'), capabilities: parseCapabilities('batch') };

type Lost = 'frame' | 'answer' | undefined;

type Step =
  /** The store keeps more writes, sends what has no answer, and hears one, or does not. */
  | { readonly writes: number; readonly lost: Lost }
  /** The fan-out takes messages, so many times that nobody knew whether it had. */
  | { readonly fansOut: number; readonly comesBack: number }
  | { readonly sleeps: number }
  /** Others publish, so that ids are forgotten; or as many others as there are publishers. */
  | { readonly others: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ writes: fc.nat({ max: 70 }), lost: fc.constantFrom<Lost>('frame', 'answer', undefined) }),
  },
  { weight: 4, arbitrary: fc.record({ fansOut: fc.integer({ min: 1, max: 300 }), comesBack: fc.nat({ max: 1 }) }) },
  { weight: 3, arbitrary: fc.record({ sleeps: fc.constantFrom(1_000, 10 * MINUTE, 3 * DAY, RETENTION + MINUTE) }) },
  { weight: 2, arbitrary: fc.record({ others: fc.constantFrom(200, MOST_PUBLISHERS) }) },
);

interface Write {
  readonly number: number;
  /** When it was first sent. */
  sent?: number;
  isAcked?: boolean;
  code?: string;
  /** It was refused, and the store was not told: sent again, it may come behind what was written later. */
  wasRefused?: boolean;
}

/** A store’s writes, and what comes of them. */
class Play {
  readonly world = receivingWorld({ onFailure: () => undefined });
  readonly writes: Write[] = [];
  #shard = 0;
  /** When something was last forgotten that the store may have been told of. */
  forgotten = Number.NEGATIVE_INFINITY;

  async take(step: Step): Promise<void> {
    const { clock } = this.world;
    if ('writes' in step) await this.#send(step.writes, step.lost);
    else if ('fansOut' in step) await this.#fanOut(step.fansOut, step.comesBack);
    else if ('sleeps' in step) {
      // A queue is not left alone for days.
      if (step.sleeps > DAY / 2) await this.drain();
      await clock.sleep(step.sleeps);
    } else {
      await this.drain();
      const many = Array.from({ length: step.others }, (_, i) => ({
        ...event('a', `${i} at ${clock.now()}`, { userId: `user ${i}`, published: clock.now() }),
        ...(step.others < MOST_PUBLISHERS ? {} : { sequence: { publisher: `${clock.now()}`, number: 1 } }),
      }));
      if (step.others === MOST_PUBLISHERS) this.forgotten = clock.now();
      await this.world.history.append(many);
    }
  }

  async #send(more: number, lost: Lost): Promise<void> {
    const { clock } = this.world;
    for (let i = 0; i < more; i++) this.writes.push({ number: this.writes.length + 1 });
    const waiting = this.writes.filter(({ isAcked, code }) => isAcked !== true && code === undefined);
    const batch = waiting.filter(({ number }) => number < (waiting[0]?.number ?? 0) + MOST_UNACKED);
    if (batch.length === 0) return;
    const messages = batch.map(({ number, sent }) => ({
      // Without an id, which the service then makes anew each time: the number alone tells.
      ...{ type: 'broadcast', channel: 'a', data: number },
      sequence: { publisher: 'store', number, ...(sent === undefined ? {} : { sent }) },
    }));
    for (const write of batch) write.sent ??= clock.now();
    if (lost === 'frame') return;
    const frames = await answered(this.world, alice, JSON.stringify({ type: 'batch', messages }));
    const answers = frames
      .map((frame) => JSON.parse(frame) as { messages?: unknown[] })
      .flatMap((frame) => frame.messages ?? [frame]) as { type: string; error?: { code: string } }[];
    if (lost === 'answer') {
      for (const [i, write] of batch.entries()) if (answers[i]?.type === 'error') write.wasRefused = true;
      return;
    }
    for (const [i, write] of batch.entries()) {
      if (answers[i]?.type === 'ack') write.isAcked = true;
      else write.code = answers[i]?.error?.code ?? 'no answer';
      if (write.code !== undefined) {
        // It is unknown only where something was forgotten since it may have been appended.
        expect(write.code).toBe('SEQUENCE_UNKNOWN');
        const since = Math.max(this.forgotten, clock.now() - RETENTION);
        expect(write.sent).toBeLessThanOrEqual(since + MINUTE);
      }
    }
  }

  async #fanOut(most: number, comesBack: number): Promise<void> {
    const batch = this.world.bus.published.splice(0, most) as Broadcast[];
    for (let times = 0; times <= comesBack; times++) {
      // Each by a turn of its own, which knows nothing of the one before.
      const copies = batch.map((broadcast) => ({ ...broadcast }));
      await this.world.history.append(copies, { shard: 'q', fence: ++this.#shard, unknown: [] });
    }
  }

  drain(): Promise<void> {
    return this.#fanOut(Number.POSITIVE_INFINITY, 0);
  }
}

it('[B-13] [B-15] whatever is lost, and however long it takes, an acked write is heard once, and all are in order', async () => {
  let acked = 0;
  let unknown = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 3, maxLength: 25 }), async (plan) => {
      const play = new Play();
      for (const step of plan) await play.take(step);
      for (let tries = 0; tries < 30; tries++) await play.take({ writes: 0, lost: undefined });
      await play.drain();
      const heard = play.world.history.appended
        .filter(({ userId }) => userId === 'alice')
        .map(({ data }) => Number(data));
      expect(heard).toHaveLength(new Set(heard).size);
      const inOrder = heard.filter((number) => play.writes[number - 1]?.wasRefused !== true);
      expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other));
      const taken = play.writes.filter(({ isAcked }) => isAcked).map(({ number }) => number);
      expect(taken.filter((number) => !heard.includes(number))).toEqual([]);
      expect(play.writes.every(({ isAcked, code }) => isAcked || code !== undefined)).toBe(true);
      acked += taken.length;
      unknown += play.writes.length - taken.length;
    }),
    { numRuns: 60 },
  );
  // Both happened.
  expect(acked).toBeGreaterThan(1_000);
  expect(unknown).toBeGreaterThan(10);
}, 120_000);
