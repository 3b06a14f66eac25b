import { expect, it } from 'vitest';
import { MemoryHistory } from '../../../lib/memory/history.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import type { History } from '../../../lib/ports/history.ts';
import type { Said } from '../../../lib/protocol/codec/encoder.ts';
import { JsonText } from '../../../lib/protocol/codec/json-text.ts';
import { bytesOfAnswer, countingReads } from '../../../lib/sync/counting-reads.ts';

const KEPT = { enabled: true, retention: 60_000, maxEvents: 10 };

/** An answer that holds so many characters of data, half of them in each of its messages. */
const answerOf = (characters: number): readonly Said[] =>
  [0, 1].map(() => {
    const data = new JsonText(`"${'a'.repeat(characters / 2 - 2)}"`);
    return { type: 'state', requestId: '1', events: [{ data }], final: true, time: 0 } as unknown as Said;
  });

it.each([
  { histories: 16, characters: 32_768, points: 2 },
  { histories: 1, characters: 4, points: 1 / 16 + 4 / 32_768 },
  { histories: 0, characters: 32_768, points: undefined },
])('[L-11] charges $points points for $histories histories and $characters characters', async (asked) => {
  const { histories, characters, points } = asked;
  const clock = new ManualClock();
  const history = new MemoryHistory(new MemoryStore(clock), KEPT, new MemoryMeter(), clock);
  const owed: number[] = [];
  const said = answerOf(characters);
  const read = { name: { channel: 'a' }, from: 'latest', most: 1 } as const;
  const answered = await countingReads(
    history,
    (charged) => owed.push(charged),
    async (counted) => {
      if (histories > 0) await counted.read(Array(histories).fill(read), {});
      return said;
    },
    bytesOfAnswer,
  );
  expect(answered).toBe(said);
  expect(owed).toEqual(points === undefined ? [] : [points]);
});

it('[L-11] charges what an answer read that failed', async () => {
  const clock = new ManualClock();
  const history = new MemoryHistory(new MemoryStore(clock), KEPT, new MemoryMeter(), clock);
  const owed: number[] = [];
  const failing = countingReads(
    history,
    (charged) => owed.push(charged),
    async (counted) => {
      await counted.read([{ name: { channel: 'a' }, from: 'latest', most: 1 }], {});
      throw new Error('it was read in vain');
    },
    bytesOfAnswer,
  );
  await expect(failing).rejects.toThrow('in vain');
  expect(owed).toEqual([1 / 16]);
});

it('hands on whatever else is asked of a history', async () => {
  const names = ['append', 'remembered', 'fence', 'positions', 'time', 'activeChannels', 'privateChannels'] as const;
  const asked: unknown[] = [];
  const lists = (name: string) => name.endsWith('Channels');
  const inner = Object.fromEntries(
    names.map((name) => [
      name,
      (...args: readonly unknown[]) => {
        asked.push([name, ...args]);
        return lists(name) ? (async function* () {})() : Promise.resolve(name);
      },
    ]),
  ) as unknown as History;
  await countingReads(
    inner,
    () => undefined,
    async (counted) => {
      for (const name of names) {
        const answer = (counted[name] as (...args: readonly unknown[]) => unknown)('one', 'two');
        if (lists(name)) for await (const _ of answer as AsyncIterable<unknown>);
        else expect(await answer).toBe(name);
      }
      return [];
    },
    bytesOfAnswer,
  );
  expect(asked).toEqual(names.map((name) => (name === 'time' ? [name] : [name, 'one', 'two'])));
});
