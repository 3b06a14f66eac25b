import { randomBytes } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import { apiGatewayEncoder } from '../../lib/gateway/frames.ts';
import type { HistoryPage, ReadFrom } from '../../lib/ports/history.ts';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { JsonText } from '../../lib/protocol/codec/json-text.ts';
import { NO_COMPRESSION } from '../../lib/protocol/compression.ts';
import type { EventMessage } from '../../lib/protocol/messages/event.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { replay } from '../../lib/sync/replay/replay.ts';
import { initialState } from '../../lib/sync/replay/state.ts';
import { around } from '../../lib/telemetry/around.ts';
import { connection, event } from '../unit/sync/world.ts';
import { watchScripts } from './monitor.ts';
import { adapters, redisUnderTest } from './redis.ts';

const MEGABYTE = 2 ** 20;

/** What does not become smaller. */
const dense = (bytes: number): string => JSON.stringify(randomBytes(Math.ceil(0.75 * bytes)).toString('base64'));

/** What becomes a thousand times smaller. */
const thin = (bytes: number): string => JSON.stringify('x'.repeat(bytes));

const textOf = ({ data }: EventMessage): string => (data instanceof JsonText ? data.text : JSON.stringify(data));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** A listener to everything, and what single steps of Redis brought it. */
const setUp = async (capabilities: string) => {
  const { client, prefix } = redisUnderTest();
  const steps: number[] = [];
  const watched = around<RedisClient>(client, {
    readBuffer: async (...values: Parameters<typeof client.readBuffer>) => {
      const answer = await client.readBuffer(...values);
      steps.push(sum(answer.flat().map((part) => (typeof part === 'number' ? 8 : part.length))));
      return answer;
    },
  });
  const { history, subscriptions, directory, scratch, meter } = adapters(watched, prefix);
  const alice = { ...connection('A', 'alice'), capabilities: parseCapabilities(capabilities) };
  await directory.open(alice);
  await subscriptions.add(alice, [{ text: '**', found: { byShape: '**' } }], 10);
  const world = {
    ...{ history, subscriptions, scratch, meter, encoder: apiGatewayEncoder(NO_COMPRESSION) },
    replay: { enabled: true, retention: 60_000, batchSize: 1_000, maxEvents: 10_000 },
  };
  /** Every page of an answer. */
  const pages = async (limit = 1_000) => {
    const all: EventMessage[][] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const question = cursor === undefined ? { since: 0 } : { cursor };
      const page = await replay(world, alice, { type: 'replay', requestId: 1, limit, ...question });
      all.push([...page.events]);
      cursor = page.next;
    }
    return all;
  };
  return { history, world, alice, pages, steps };
};

it.each([
  ['that are large', dense, 12],
  ['that are large once they are unpacked', thin, 60],
])('[R-3] [Z-6] a replay of events %s comes in answers that a function can hold', async (_, make, count) => {
  const { history, pages, steps } = await setUp('chunk');
  const data = Array.from({ length: count }, () => make(MEGABYTE - 100));
  for (const [i, each] of data.entries()) await history.append([event('a', `${i}`, { data: each })]);
  const answers = await pages();
  expect(answers.flat().map(({ offset }) => offset)).toEqual(data.map((_each, i) => i + 1));
  expect(answers.flat().map(textOf)).toEqual(data);
  for (const answer of answers) expect(sum(answer.map((each) => textOf(each).length))).toBeLessThan(5 * MEGABYTE);
  expect(Math.max(...steps)).toBeLessThan(5 * MEGABYTE);
});

it('[F-6] what is omitted is neither read nor unpacked for it', async () => {
  const { history, pages, world, alice } = await setUp('');
  await history.append(
    Array.from({ length: 40 }, (_, i) =>
      event(`a:${i}`, `${i}`, { data: i % 2 === 0 ? thin(MEGABYTE) : dense(200_000) }),
    ),
  );
  await history.append([event('a:0', 'small', { data: '7' })]);
  const [answer, ...others] = await pages();
  expect(others).toEqual([]);
  // The small one may bear the same millisecond as the last large one, and stand before it then.
  const [whole, omitted] = [true, false].map((isWhole) =>
    answer?.filter(({ data }) => data instanceof JsonText === isWhole),
  );
  expect(whole).toMatchObject([{ channel: 'a:0', id: 'small', offset: 2 }]);
  expect(omitted?.map((each) => each.omitted)).toEqual(Array.from({ length: 40 }, () => true));
  const { events } = await initialState(world, alice, 1, ['**']);
  expect(events.filter(({ omitted }) => omitted)).toHaveLength(39);
});

it('[R-1] [R-3] large and small events of many channels come whole and in their order, whatever the pages', async () => {
  const { history, pages, world, alice, steps } = await setUp('chunk');
  const sizes = [10, 3_000, 5_000, 60_000, 300_000];
  const broadcasts = Array.from({ length: 150 }, (_, i) =>
    event(`a:${(7 * i) % 40}`, `${i}`, { data: (i % 3 === 0 ? thin : dense)(sizes[i % 5] as number) }),
  );
  for (const broadcast of broadcasts) await history.append([broadcast]);
  const all = new Map(broadcasts.map(({ id, data }) => [id, data]));
  for (const limit of [7, 1_000]) {
    const answers = await pages(limit);
    const told = answers.flat();
    expect(told.map(({ id }) => Number(id)).toSorted((a, b) => a - b)).toEqual(broadcasts.map((_, i) => i));
    for (const each of told) expect(textOf(each)).toBe(all.get(each.id));
    const offsets = Map.groupBy(told, ({ channel }) => channel);
    for (const own of offsets.values()) expect(own.map(({ offset }) => offset)).toEqual(own.map((_, i) => i + 1));
    const times = told.map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const answer of answers) expect(sum(answer.map((each) => textOf(each).length))).toBeLessThan(5 * MEGABYTE);
  }
  expect(Math.max(...steps)).toBeLessThan(MEGABYTE);
  const { events } = await initialState(world, alice, 1, ['**']);
  expect(events).toHaveLength(40);
  for (const each of events) if (each.omitted !== true) expect(textOf(each)).toBe(all.get(each.id));
});

it('[R-3] what is large behind much that is small is read few at a time', async () => {
  const { client, history } = redisUnderTest();
  const channel = `few-${randomBytes(6).toString('hex')}`;
  const small = Array.from({ length: 300 }, (_, i) => event(channel, `${i}`));
  const large = Array.from({ length: 40 }, (_, i) => event(channel, `large ${i}`, { data: dense(MEGABYTE - 100) }));
  await history.append(small);
  for (const each of large) await history.append([each]);
  const ranges: (readonly string[])[] = [];
  const stop = await watchScripts(inject('redisUrl'), (words) => {
    if (words[0] === 'XRANGE' && words[1]?.includes(channel)) ranges.push(words);
  });
  try {
    let place: ReadFrom | undefined = { since: 0 };
    while (place !== undefined) {
      const [page]: readonly (HistoryPage | undefined)[] = await history.read(
        [{ name: { channel }, from: place, most: 1_000 }],
        {},
      );
      place = page?.more === true ? { after: page.read } : undefined;
    }
    await expect.poll(() => ranges.length).toBeGreaterThan(20);
    for (const [, key = '', from = '', to = '', , most = ''] of ranges) {
      const entries = await client.xrangeBuffer(key, from, to, 'COUNT', most);
      expect(sum(entries.map(([, fields]) => fields.at(-1)?.length ?? 0))).toBeLessThan(17 * MEGABYTE);
    }
  } finally {
    stop();
  }
});
