/**
 * What compilers are to say of programs that use the types of the library. `tsc` checks it against the source, and the test of
 * the packed library against its types, with older compilers too. Nothing here is run.
 */

import { eventsOf, pagesOf } from '../../client/src/events.ts';
import { type Client, connect, type DataOf, type Event, type Handler, type Known } from '../../client/src/index.ts';
import { checked } from '../../client/src/schema.ts';
import type { LastingClient } from '../../client/src/storage.ts';
import { createTestService, type TestEvent, type TestService } from '../../client/testing/index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Is<T extends true> = T;

interface Order {
  readonly total: number;
}
interface Payment {
  readonly paid: true;
}
interface Task {
  readonly title: string;
}

interface Shop {
  'order:created': Order;
  'order:*:paid': Payment;
  'task.**': Task;
  'note:??': string;
  '/audit:.+/': boolean;
  [key: `user:${string}`]: 1 | 2;
}

/** The data of channels and patterns by the map above. */
export type Cases = [
  Is<Equal<DataOf<Shop, 'order:created'>, Order>>,
  Is<Equal<DataOf<Shop, 'order:42:paid'>, Payment>>,
  Is<Equal<DataOf<Shop, `order:${string}:paid`>, Payment>>,
  Is<Equal<DataOf<Shop, `order:${number}:paid`>, Payment>>,
  Is<Equal<DataOf<Shop, 'order:*'>, Order>>,
  Is<Equal<DataOf<Shop, 'order:**'>, Order | Payment>>,
  Is<Equal<DataOf<Shop, '*:*:paid'>, Payment>>,
  Is<Equal<DataOf<Shop, 'task.a'>, Task>>,
  Is<Equal<DataOf<Shop, 'task.a:b.c'>, Task>>,
  Is<Equal<DataOf<Shop, 'task.*.done'>, Task>>,
  Is<Equal<DataOf<Shop, 'note:42'>, string>>,
  Is<Equal<DataOf<Shop, 'user:7'>, 1 | 2>>,
  Is<Equal<DataOf<Shop, '/audit:.+/'>, boolean | Order | Payment | Task | string | 1 | 2>>,
  Is<Equal<DataOf<{ a: 1; 'b:**:c': 2; '**:d': 3 }, 'b:c'>, 2>>,
  Is<Equal<DataOf<{ a: 1; 'b:**:c': 2; '**:d': 3 }, 'b:x.y:c'>, 2>>,
  Is<Equal<DataOf<{ a: 1; 'b:**:c': 2; '**:d': 3 }, 'b:d'>, 3>>,
  Is<Equal<DataOf<{ a: 1; 'b:**:c': 2; '**:d': 3 }, '**'>, 1 | 2 | 3>>,
  // No entry fits, until the last two: an error names those that there are.
  Is<Equal<Known<Shop, 'order.created'>, keyof Shop & string>>,
  Is<Equal<Known<Shop, 'order:42'>, keyof Shop & string>>,
  Is<Equal<Known<Shop, 'order:1:2:paid'>, keyof Shop & string>>,
  Is<Equal<Known<Shop, 'task'>, keyof Shop & string>>,
  Is<Equal<Known<{ 'b:**.c': 2 }, 'b:c'>, 'b:**.c'>>,
  Is<Equal<Known<Shop, 'order:42:paid'>, 'order:42:paid'>>,
  // A template is what TypeScript takes it for.
  Is<Equal<DataOf<Shop, 'user:1:2'>, 1 | 2>>,
];

/** Programs with a map, and what is wrong with some. */
export const typed = async (id: string, dynamic: string): Promise<void> => {
  const client = connect<Shop>({ url: 'ws://localhost:3001' });
  client.subscribe('order:created', (event) => event.data.total.toFixed());
  client.subscribe(`order:${id}:paid`, ({ data }) => data.paid satisfies true);
  client.subscribe('order:**', ({ data }) => ('paid' in data ? data.paid : data.total));
  client.subscribe('task.**', (event: Event<Task>, how) => [
    event.data.title,
    how satisfies 'live' | 'replay' | 'state',
  ]);
  await client.broadcast('order:created', { total: 1 });
  await client.broadcast(`order:${id}:paid`, { paid: true }, { id: 'p' });
  // @ts-expect-error: a slip in the name
  client.subscribe('order:craeted', () => undefined);
  // @ts-expect-error: not what the map says of it
  client.subscribe('order:created', (event) => event.data.title);
  // @ts-expect-error: a slip in the name
  await client.broadcast('order:craeted', { total: 1 });
  // @ts-expect-error: not what the map says of it
  await client.broadcast('order:created', { total: '1' });
  // A schema says what it made of the data, whatever the map does.
  const parse = (value: unknown): Task => value as Task;
  client.subscribe(
    'order:created',
    checked({ parse }, ({ data }): string => data.title),
  );
  // @ts-expect-error: not what the schema says
  checked({ parse }, ({ data }): number => data.total);
  // What the caller says of one subscription counts for that one.
  client.subscribe<Date>(dynamic, (event) => event.data.getTime());
};

/** Loops with a map. */
export const looped = async (client: Client<Shop>, lasting: LastingClient<Shop>, id: string): Promise<void> => {
  for await (const { data } of eventsOf(client, 'order:created')) data.total.toFixed();
  for await (const { data } of eventsOf(client, `order:${id}:paid`, { replay: {} })) void (data.paid satisfies true);
  for await (const { data } of eventsOf(lasting, 'order:created')) data.total.toFixed();
  for await (const { events } of pagesOf(client, 'order:created', { last: 2 })) events[0]?.data.total.toFixed();
  for await (const { data } of eventsOf<Date>(client, 'any:*')) data.getTime();
  for await (const { events } of pagesOf<Date>(client, id)) events[0]?.data.getTime();
  // @ts-expect-error: a slip in the name
  eventsOf(client, 'order:craeted');
  // @ts-expect-error: a slip in the name
  pagesOf(client, 'order:craeted');
  const untyped = connect({ url: 'ws://localhost:3001' });
  for await (const { data } of eventsOf(untyped, id)) {
    type Cases = [Is<Equal<typeof data, unknown>>];
    void (undefined as unknown as Cases);
  }
};

/** Programs without one. */
export const untyped = async (dynamic: string): Promise<void> => {
  const client: Client = connect({ url: 'ws://localhost:3001' });
  client.subscribe(dynamic, (event) => {
    type Cases = [Is<Equal<typeof event.data, unknown>>];
    // @ts-expect-error: nobody said what it is
    return [event.data.title, undefined as unknown as Cases];
  });
  client.subscribe<Task>('task:*', (event) => event.data.title);
  client.subscribe<string>('text', (event) => event.data.length);
  // @ts-expect-error: an annotation says nothing of what arrives
  client.subscribe('task:*', (event: Event<Task>) => event.data.title);
  const handler: Handler = (event) => event.data;
  client.subscribe('anything', handler, { replay: {} });
  await client.broadcast(dynamic, new Map());
};

/** A test of an application. */
export const tested = async (): Promise<readonly TestEvent[]> => {
  const service: TestService = createTestService({ identify: (token) => ({ user: token, subscribe: ['order:*'] }) });
  const client: Client<Shop> = service.connect<Shop>({ token: () => 'alice' });
  client.subscribe('order:created', (event) => event.data.total.toFixed());
  connect<Shop>({ user: 'bob', ...service.options });
  const { id } = await service.publish('order:created', { total: 1 }, { targetUsers: ['alice'] });
  service.refuse('broadcast', { code: 'FORBIDDEN' });
  // @ts-expect-error: nothing of that name can be asked
  service.loseAnswer('publish');
  // @ts-expect-error: the service says where it is
  service.connect({ url: id });
  return service.events;
};
