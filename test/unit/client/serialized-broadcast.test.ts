import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connect, RequestError } from '../../../client/src/index.ts';
import { serializeBroadcast } from '../../../client/src/serialized-broadcast.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

const setUp = () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  return { clock, service, client, heard: () => service.sent.flat().map(({ data }) => data) };
};

const within = (): unknown => {
  const made: Record<string, unknown> = {};
  made['self'] = { made };
  return made;
};
const nested = (depth: number): unknown => {
  let made: unknown = 1;
  for (let n = 0; n < depth; n++) made = [made];
  return made;
};

/** What JSON has nothing for, and where it stands. */
const UNWRITABLE: readonly (readonly [string, () => unknown, string | undefined])[] = [
  ['undefined', () => undefined, 'data'],
  ['a field that is undefined', () => ({ a: [{ b: undefined }] }), 'data.a[0].b'],
  ['an entry that is missing', () => Object.assign([1], { 2: 2 }), 'data[1]'],
  ['a function', () => () => 1, 'data'],
  ['a method', () => ({ 'odd name': () => 1 }), 'data["odd name"]'],
  ['a symbol', () => [Symbol('s')], 'data[0]'],
  ['NaN', () => ({ price: Number.NaN }), 'data.price'],
  ['an infinite number', () => [1, { most: Number.POSITIVE_INFINITY }], 'data[1].most'],
  ['a bigint', () => ({ id: 1n }), 'data.id'],
  ['a date that is none', () => ({ at: new Date('never') }), 'data.at'],
  ['a map', () => ({ users: new Map([[1, 2]]) }), 'data.users'],
  ['a set', () => new Set([1]), 'data'],
  ['an error', () => [new Error('no')], 'data[0]'],
  ['what writes itself as nothing', () => ({ a: { toJSON: () => undefined } }), 'data.a'],
  ['what is within itself', within, undefined],
  ['what is nested too deep', () => nested(20_000), undefined],
  [
    'what throws where it is read',
    () => ({
      get a() {
        throw new TypeError('no');
      },
    }),
    undefined,
  ],
];

describe('what JSON has nothing for is refused before it is sent, and says where it stands', () => {
  it.each(UNWRITABLE)('%s', async (_, make, path) => {
    const { clock, client, heard } = setUp();
    await clock.advance(1_000);
    const outcomes = Promise.allSettled([
      client.broadcast('a', 1),
      client.broadcast('a', make()),
      client.broadcast('a', 2),
    ]);
    await clock.advance(1_000);
    const [, refused] = await outcomes;
    const { reason } = refused as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(RequestError);
    expect(reason.code).toBe('INVALID_MESSAGE');
    expect(reason.message).toContain(reason.path);
    if (path !== undefined) expect(reason.path).toBe(path);
    expect(heard()).toEqual([1, 2]);
    expect(client.counts.unacknowledged).toBe(0);
    await client.close();
  });
});

it('what is sent is what was given, whatever is done to it afterwards', async () => {
  const { clock, client, heard } = setUp();
  const cursor: Record<string, unknown> = { x: 0, at: new Date(0) };
  const users = ['alice'];
  const acked = [];
  for (let x = 1; x <= 3; x++) {
    cursor['x'] = x;
    acked.push(client.broadcast('a', cursor, { targetUsers: users }));
    if (x === 2) await clock.advance(205);
  }
  cursor['self'] = cursor;
  users.push('bob');
  await clock.advance(1_000);
  await Promise.all(acked);
  expect(heard()).toEqual([1, 2, 3].map((x) => ({ x, at: '1970-01-01T00:00:00.000Z' })));
  await client.close();
});

it('any JSON value is written as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (data) => {
      const { text } = serializeBroadcast({ type: 'broadcast', channel: 'a', id: '1', data });
      expect(JSON.parse(text).data).toEqual(JSON.parse(JSON.stringify(data)));
    }),
  );
});

it('any value at all is written as what it is, or refused', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (data) => {
      let text: string;
      try {
        ({ text } = serializeBroadcast({ type: 'broadcast', channel: 'a', id: '1', data }));
      } catch (error) {
        expect(error).toBeInstanceOf(RequestError);
        return;
      }
      expect(JSON.parse(text).data).toEqual(JSON.parse(JSON.stringify(data)));
    }),
  );
});
