import { describe, expect, it } from 'vitest';
import type { ServiceFact } from '../../../lib/ports/service-events.ts';
import { calmStore, storedEvent } from '../stage/calm-stage.ts';
import { Told } from './told.ts';

describe('what is told of the service', () => {
  const fact = (what: string, number: number): ServiceFact => ({
    ...{ id: `${what} channel,a ${number}`, kind: 'channels', what, at: number, data: '{"channel":"a"}' },
    written: `${number}`,
  });
  const telling = (...facts: readonly ServiceFact[]) => {
    const { stage, store } = calmStore();
    const told = new Told(stage, store, new Set(['channels'] as const), true);
    const events = facts.map(({ id, what, data }, n) => ({ ...storedEvent(n + 1, id), category: what, data }));
    store.events.set('$service:channels', events, 1_000_000);
    return { stage, told };
  };
  const NOBODY: ReadonlySet<string> = new Set();
  const [occupied, vacated] = [fact('occupied', 1), fact('vacated', 2)];

  it('is one end for each occupancy', () => {
    expect(telling(occupied, vacated).told.problems(NOBODY, NOBODY, true)).toEqual([]);
    expect(telling(occupied).told.problems(NOBODY, NOBODY, true)).toEqual(['telling: a is still told as occupied']);
    expect(telling(occupied, vacated, fact('vacated', 3)).told.problems(NOBODY, NOBODY, true)).toEqual([
      'telling: a is told as vacated when it was that before',
    ]);
  });

  it('is all that came true, in order, and counts as told once somebody has it', () => {
    const { stage, told } = telling(vacated, occupied);
    told.read('channel,a', [occupied, vacated]);
    expect(told.problems(NOBODY, NOBODY, true)[0]).toContain('of channel,a came true occupied');
    told.published(occupied.id, stage.time.now());
    told.tookAway(occupied);
    told.tookAway(vacated);
    expect(stage.problems).toEqual([`telling: ${vacated.id} counts as told, and nobody has it`]);
  });
});

describe('what is told of the service again', () => {
  /** Told again so many milliseconds after it was published first: it stood still for some of them before the broker took it. */
  const toldAgain = async (after: number): Promise<readonly string[]> => {
    const { stage, store } = calmStore();
    const told = new Told(stage, store, new Set(['parked'] as const), true);
    const id = 'parked message,a 1';
    store.events.set('$service:parked', [storedEvent(1, id), storedEvent(2, id)], 1_000_000);
    const published = stage.time.now();
    await stage.time.advance(90_000);
    told.published(id, published);
    await stage.time.advance(after - 90_000);
    told.published(id, stage.time.now());
    return told.problems(new Set(), new Set(), true);
  };

  it('is known for five minutes after it was published, which is before the broker took it', async () => {
    expect(await toldAgain(299_000)).toEqual(['telling: parked message,a 1 was told twice']);
    expect(await toldAgain(300_000)).toEqual([]);
  });
});
