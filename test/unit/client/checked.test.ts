import * as v from 'valibot';
import { expect, it } from 'vitest';
import { connect, HandlerError } from '../../../client/src/index.ts';
import { checked, InvalidDataError, type Schema } from '../../../client/src/schema.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

/** A client, and events with some data, one after the other. */
const setUp = () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  let offset = 0;
  const say = (data: unknown): void =>
    service.say({
      type: 'event',
      ...{
        id: `${++offset}`,
        channel: 'a',
        category: 'c',
        priority: 'normal',
        timestamp: 1e15,
        offset,
        epoch: 'e',
        data,
      },
    });
  return { clock, client, errors, say };
};

const Task = v.object({ title: v.string(), due: v.optional(v.pipe(v.string(), v.transform(Number))) });

it('calls a handler with what a Standard Schema made of the data, and tells of what it refused', async () => {
  const { clock, client, errors, say } = setUp();
  const heard: [string, number | undefined, number, string][] = [];
  const handler = checked(Task, ({ data, offset }, how) => heard.push([data.title, data.due, offset, how]));
  client.subscribe('a', handler);
  await clock.advance(1_000);
  say({ title: 'first', due: '7' });
  say({ title: 2 });
  say(null);
  say({ title: 'last' });
  expect(heard).toEqual([
    ['first', 7, 1, 'live'],
    ['last', undefined, 4, 'live'],
  ]);
  expect(errors).toHaveLength(2);
  const [first, second] = errors as [HandlerError, HandlerError];
  expect(first).toBeInstanceOf(HandlerError);
  expect(first.cause).toBeInstanceOf(InvalidDataError);
  expect((first.cause as InvalidDataError).issues).toMatchObject([{ message: expect.stringContaining('string') }]);
  expect(String(first.cause)).toMatch(/^InvalidDataError: data\.title: /);
  expect(first.event.offset).toBe(2);
  expect(String(second.cause)).toMatch(/^InvalidDataError: data: /);
  await client.close();
});

it('takes whatever has a `parse`, and keeps what it threw as the cause', async () => {
  const { clock, client, errors, say } = setUp();
  const heard: number[] = [];
  const thrown = new RangeError('no number');
  const parse = (value: unknown): number => {
    if (typeof value !== 'number') throw thrown;
    return value + 1;
  };
  client.subscribe(
    'a',
    checked({ parse }, ({ data }) => heard.push(data)),
  );
  await clock.advance(1_000);
  for (const data of [1, 'x', 2]) say(data);
  expect(heard).toEqual([2, 3]);
  expect(errors).toMatchObject([{ cause: { name: 'InvalidDataError', message: 'data: no number', cause: thrown } }]);
  await client.close();
});

it('refuses a schema that answers later, rather than change the order', async () => {
  const { clock, client, errors, say } = setUp();
  const heard: unknown[] = [];
  const later: Schema<unknown> = { '~standard': { version: 1, validate: async (value) => ({ value }) } };
  client.subscribe(
    'a',
    checked(later, ({ data }) => heard.push(data)),
  );
  await clock.advance(1_000);
  say(1);
  expect(heard).toEqual([]);
  expect(errors).toMatchObject([{ name: 'HandlerError', cause: { name: 'TypeError' } }]);
  await client.close();
});

it('leaves what its handler throws to be told as it is', async () => {
  const { clock, client, errors, say } = setUp();
  const cause = new Error('of the handler');
  client.subscribe(
    'a',
    checked({ parse: String }, () => {
      throw cause;
    }),
  );
  await clock.advance(1_000);
  say(1);
  expect(errors).toMatchObject([{ name: 'HandlerError', cause }]);
  await client.close();
});

it('says which event was refused, what is wrong with it, and where', () => {
  const event = { channel: 'a', data: { title: 7 } } as never;
  const cause = new TypeError('title is no text');
  const refusals: [Schema<unknown>, string, unknown][] = [
    [Task, 'data.title: Invalid type: Expected string but received 7', undefined],
    [
      {
        parse: () => {
          throw cause;
        },
      },
      'data: title is no text',
      cause,
    ],
  ];
  for (const [schema, message, why] of refusals) {
    expect(() => checked(schema, () => undefined)(event, 'live')).toThrow(
      expect.objectContaining({ name: 'InvalidDataError', event, message, cause: why, issues: [expect.anything()] }),
    );
  }
});
