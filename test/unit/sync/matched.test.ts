import { describe, expect, it } from 'vitest';
import { NO_CAPABILITIES, parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { matchedOf } from '../../../lib/protocol/matched.ts';
import { API_GATEWAY } from '../../../lib/protocol/transport.ts';
import { fanOut } from '../../../lib/sync/fan-out.ts';
import { answered } from '../../frames.ts';
import { connection, event } from './world.ts';
import { fanningWorld, incoming, receivingWorld } from './worlds.ts';

interface Heard {
  readonly id: string;
  readonly channel: string;
  readonly data: unknown;
  readonly omitted?: true;
  readonly matched?: readonly string[] | null;
}

const MATCHED = parseCapabilities('matched');
const BOTH = parseCapabilities('batch,matched');

const listener = (id: string, capabilities = MATCHED) => ({ ...connection(id), capabilities });

const setUp = () => {
  const world = fanningWorld();
  const posted = new Map<string, Uint8Array[]>();
  world.gateway.post = async ({ id }, frame) => {
    posted.set(id, [...(posted.get(id) ?? []), frame]);
    return 'taken';
  };
  const listen = (who: ReturnType<typeof listener>, ...texts: string[]) =>
    world.subscriptions.add(
      who,
      texts.map((text) => ({ text, found: /[*?/]/.test(text) ? 'by-matching' : 'by-name' })),
      100,
    );
  const publish = (...broadcasts: ReturnType<typeof event>[]) =>
    fanOut(world, incoming(...broadcasts), world.clock.elapsed() + 1_000);
  const heard = (id: string): readonly Heard[] =>
    (posted.get(id) ?? []).flatMap((frame) => {
      const message = JSON.parse(new TextDecoder().decode(frame));
      return message.type === 'batch' ? message.messages : [message];
    });
  return { posted, listen, publish, heard };
};

const listsOf = (events: readonly Heard[]) => events.map(({ channel, matched }) => [channel, matched]);

describe('[E-9] an event that is heard says what of its hearer’s subscriptions it fits', () => {
  it.each([
    ['by itself', MATCHED],
    ['in a batch', BOTH],
  ])('%s, its own channel first', async (_, capabilities) => {
    const { listen, publish, heard } = setUp();
    await listen(listener('A', capabilities), '/x:./', 'x:*', 'x:1', '**');
    await listen(listener('B', capabilities), 'x:1');
    await publish(event('x:1', 'one'), event('x:2', 'two'));
    expect(listsOf(heard('A'))).toEqual([
      ['x:1', ['x:1', '**', '/x:./', 'x:*']],
      ['x:2', ['**', '/x:./', 'x:*']],
    ]);
    expect(listsOf(heard('B'))).toEqual([['x:1', ['x:1']]]);
  });

  it('who did not ask for it is told nothing of it', async () => {
    const { listen, publish, heard } = setUp();
    await listen(listener('A', NO_CAPABILITIES), 'x:*');
    await publish(event('x:1', 'one'));
    expect(heard('A')).toHaveLength(1);
    expect(heard('A')[0]).not.toHaveProperty('matched');
  });

  it('who hears by equal texts is posted the same bytes, and nobody else', async () => {
    const { posted, listen, publish } = setUp();
    for (const id of ['A', 'B']) await listen(listener(id), 'x:*', '**');
    await listen(listener('C'), 'x:*');
    await publish(event('x:1', 'one'));
    expect(posted.get('A')?.[0]).toBe(posted.get('B')?.[0]);
    expect(posted.get('A')?.[0]).not.toEqual(posted.get('C')?.[0]);
  });

  it('null where they are more than it names, or take too many bytes', async () => {
    const { listen, publish, heard } = setUp();
    await listen(listener('A'), ...Array.from({ length: 33 }, (_, n) => `x:${'?'.repeat(33 - n)}*`), 'x:*');
    await publish(event('x:1', 'one'), event(`x:${'1'.repeat(40)}`, 'all'));
    expect(heard('A').map(({ matched }) => matched)).toEqual([['x:*', 'x:?*'], null]);
    expect(
      matchedOf('a', [`${'é'.repeat(199)}`, ...Array.from({ length: 5 }, (_, n) => `${n}${'é'.repeat(199)}`)]),
    ).toBe(null);
  });

  it('no data is left out for it: the list is, and where there is no room for null, all of it', async () => {
    const { posted, listen, publish, heard } = setUp();
    await listen(listener('A'), 'x:*');
    await listen(listener('B', NO_CAPABILITIES), 'x:*');
    const most = API_GATEWAY.frameBytes;
    await publish(event('x:1', 'one', { data: '""' }));
    const around = posted.get('B')?.[0]?.length as number;
    for (const [n, room] of [30, 17, 16, 3, -1].entries()) {
      await publish(event('x:1', `n-${n}`, { data: JSON.stringify('a'.repeat(most - around - room)) }));
    }
    const said = heard('A')
      .slice(1)
      .map(({ data, matched, omitted }) => [data === null, omitted, matched]);
    expect(said).toEqual([
      [false, undefined, ['x:*']],
      [false, undefined, null],
      [false, undefined, null],
      [false, undefined, undefined],
      [true, true, ['x:*']],
    ]);
    for (const frame of posted.get('A') ?? []) expect(frame.length).toBeLessThanOrEqual(most);
  });
});

describe('[E-9] an event of an answer says it, too', () => {
  const ask = async () => {
    const world = receivingWorld();
    const alice = listener('A');
    const send = async (message: object) =>
      (await answered(world, alice, JSON.stringify(message))).map((frame) => JSON.parse(frame));
    const eventsOf = (frames: readonly { readonly events?: readonly Heard[] }[]) =>
      frames.flatMap(({ events = [] }) => events);
    return { world, send, eventsOf };
  };

  it('in a replay, of all that is subscribed to', async () => {
    const { world, send, eventsOf } = await ask();
    await send({ type: 'subscribe', channels: ['x:1'], patterns: ['x:*', '/.*1/'] });
    await world.history.append([event('x:1', 'one'), event('x:2', 'two')]);
    const first = await send({ type: 'replay', since: 0, limit: 1, order: 'channel' });
    expect(listsOf(eventsOf(first))).toEqual([['x:1', ['x:1', '/.*1/', 'x:*']]]);
    await send({ type: 'unsubscribe', patterns: ['/.*1/'] });
    const second = await send({ type: 'replay', cursor: first.at(-1).next });
    expect(listsOf(eventsOf(second))).toEqual([['x:2', ['x:*']]]);
  });

  it('in what a subscription begins with, of what its request names', async () => {
    const { world, send, eventsOf } = await ask();
    await world.history.append([event('x:1', 'one')]);
    await send({ type: 'subscribe', channels: ['x:1'] });
    const options = { sendInitialState: true, replayEvents: true };
    const frames = await send({ type: 'subscribe', patterns: ['x:*', '**'], options });
    expect(frames.map(({ type }) => type)).toEqual(['subscribed', 'state', 'replay']);
    expect(listsOf(eventsOf(frames))).toEqual([
      ['x:1', ['**', 'x:*']],
      ['x:1', ['**', 'x:*']],
    ]);
  });

  it('without a list where there is no room for it beside the data', async () => {
    const { world, send, eventsOf } = await ask();
    await send({ type: 'subscribe', patterns: ['x:*'] });
    // What a replay leaves free in a frame of its own is 2,048 bytes.
    const most = API_GATEWAY.frameBytes - 2_048;
    const plain = JSON.stringify('a'.repeat(10));
    await world.history.append([event('x:1', 'one', { data: plain })]);
    const [{ matched, ...rest }] = eventsOf(await send({ type: 'replay', since: 0 })) as [Heard];
    const around = JSON.stringify(rest).length - 10;
    expect(matched).toEqual(['x:*']);
    for (const [n, room] of [40, 16, 3, -1].entries()) {
      const data = JSON.stringify('a'.repeat(most - around - room));
      await world.history.append([event('x:1', `o-${n}`, { data })]);
    }
    const said = eventsOf(await send({ type: 'replay', since: 0 })).slice(1);
    expect(said.map((each) => [each.omitted, each.matched])).toEqual([
      [undefined, ['x:*']],
      [undefined, null],
      [undefined, undefined],
      [true, ['x:*']],
    ]);
  });
});
