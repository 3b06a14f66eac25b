import { beforeEach, describe, expect, it } from 'vitest';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { publish } from '../../../lib/sync/publish.ts';
import { answered } from '../../frames.ts';
import { connection, event } from './world.ts';
import { type ReceivingWorld, receivingWorld } from './worlds.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

const alice = { ...connection('A', 'alice'), capabilities: parseCapabilities('batch') };

let world: ReceivingWorld;

beforeEach(() => {
  world = receivingWorld({ onFailure: () => undefined });
});

interface Said {
  readonly number: number;
  readonly publisher?: string;
  /** Milliseconds ago. */
  readonly ago?: number;
}

const write = ({ number, publisher = 'store', ago }: Said, extra: object = {}) => ({
  type: 'broadcast',
  channel: 'a',
  data: number,
  sequence: { publisher, number, ...(ago === undefined ? {} : { sent: world.clock.now() - ago }) },
  ...extra,
});

/** What answers each of some messages of a batch: `ack`, or the code of an error. */
const send = async (messages: readonly object[], from = alice): Promise<readonly string[]> => {
  const frames = await answered(world, from, JSON.stringify({ type: 'batch', messages }));
  return frames
    .map((frame) => JSON.parse(frame) as { type: string; messages?: readonly { type: string }[] })
    .flatMap((frame) => (frame.type === 'batch' ? (frame.messages ?? []) : [frame]))
    .map((answer) => ('error' in answer ? (answer.error as { code: string }).code : answer.type));
};

/** The fan-out appends what was published. */
const fanOut = async (): Promise<readonly string[]> => {
  const published = world.bus.published.splice(0);
  await world.history.append(published as Broadcast[]);
  return published.map(({ data }) => data);
};

const appended = (): readonly string[] => world.history.appended.map(({ data }) => data);

describe('broadcasts with a sequence', () => {
  it('[B-13] are acked again once they were appended, however long ago, and not published', async () => {
    expect(await send([1, 2, 3].map((number) => write({ number })))).toEqual(['ack', 'ack', 'ack']);
    await fanOut();
    await world.clock.sleep(3 * DAY);
    // By then its id is forgotten.
    await world.history.append([event('a', 'new', { published: world.clock.now() })]);
    const again = [1, 2, 3].map((number) => write({ number, ago: 3 * DAY }));
    expect(await send([...again, write({ number: 4 })])).toEqual(['ack', 'ack', 'ack', 'ack']);
    expect(await fanOut()).toEqual(['4']);
  });

  it('[B-13] are appended once where the first copy is still on its way', async () => {
    await send([write({ number: 1 }), write({ number: 2 })]);
    expect(await send([write({ number: 1, ago: 10 }), write({ number: 2, ago: 10 })])).toEqual(['ack', 'ack']);
    expect(await fanOut()).toEqual(['1', '2', '1', '2']);
    expect(appended()).toEqual(['1', '2']);
  });

  it('[B-13] are those of a user', async () => {
    await send([write({ number: 1 })]);
    await fanOut();
    expect(await send([write({ number: 1 })], { ...alice, user: 'bob' })).toEqual(['ack']);
    await fanOut();
    expect(appended()).toEqual(['1', '1']);
  });

  it('[B-14] are taken for acked more than a hundred below the highest', async () => {
    await send([write({ number: 1 }), write({ number: 300 })]);
    await fanOut();
    expect(await send([write({ number: 200, ago: 0 }), write({ number: 199, ago: 0 })])).toEqual(['ack', 'ack']);
    expect(await fanOut()).toEqual(['200']);
  });

  it('[B-15] of a number that is not remembered it is known up to a hundred below the highest that none was appended', async () => {
    const { clock, history } = world;
    const numbers = { from: 500, highest: 500, window: '1', times: [clock.now()] };
    history.remembered = async (asked) => asked.map(() => ({ numbers, since: 0 })) as never;
    expect(await send([write({ number: 400, ago: 0 }), write({ number: 399, ago: 0 })])).toEqual([
      'ack',
      'SEQUENCE_UNKNOWN',
    ]);
  });

  it('[B-15] are published of a publisher that is not known, if it would be', async () => {
    expect(await send([write({ number: 7, ago: 6 * DAY })])).toEqual(['ack']);
    await fanOut();
    // What comes before the first that is known is as unknown as it was.
    expect(await send([write({ number: 6, ago: 6 * DAY }), write({ number: 5, ago: 7 * DAY })])).toEqual([
      'ack',
      'SEQUENCE_UNKNOWN',
    ]);
    expect(await fanOut()).toEqual(['6']);
  });

  it('[B-15] are refused once what they may have been is forgotten, unless they were never sent', async () => {
    await send([write({ number: 1 })]);
    await fanOut();
    await world.clock.sleep(8 * DAY);
    const sent = [write({ number: 1, ago: 8 * DAY }), write({ number: 2, ago: 7 * DAY }), write({ number: 3 })];
    expect(await send(sent)).toEqual(['SEQUENCE_UNKNOWN', 'SEQUENCE_UNKNOWN', 'ack']);
    expect(await fanOut()).toEqual(['3']);
    // And so they are when the publisher is known again, from the third on.
    expect(await send(sent.slice(0, 2))).toEqual(['SEQUENCE_UNKNOWN', 'SEQUENCE_UNKNOWN']);
  });

  it('[B-16] are refused whose number was appended before they were first sent', async () => {
    await send([write({ number: 1 })]);
    await fanOut();
    await world.clock.sleep(2 * MINUTE);
    const sent = [write({ number: 1 }), write({ number: 1, ago: MINUTE / 2 }), write({ number: 1, ago: 2 * MINUTE })];
    expect(await send(sent)).toEqual(['SEQUENCE_USED', 'SEQUENCE_USED', 'ack']);
    expect(await fanOut()).toEqual([]);
  });

  it('[B-16] are refused so, too, if later numbers of their publisher were published since they were first sent', async () => {
    await send([1, 2, 3].map((number) => write({ number })));
    await fanOut();
    await world.clock.sleep(DAY);
    // A store that was set back: the second and the third are other writes than those that had these numbers.
    expect(await send([2, 3, 4, 5].map((number) => write({ number })))).toEqual([
      ...['SEQUENCE_USED', 'SEQUENCE_USED'],
      ...['ack', 'ack'],
    ]);
    await fanOut();
    const again = [2, 3, 4, 5].map((number) => write({ number, ago: 0 }));
    expect(await send(again)).toEqual(['SEQUENCE_USED', 'SEQUENCE_USED', 'ack', 'ack']);
    // And so they are to a page that comes days later, since the answer was lost.
    await world.clock.sleep(DAY);
    expect(await send([2, 3, 4, 5].map((number) => write({ number, ago: DAY })))).toEqual([
      ...['SEQUENCE_USED', 'SEQUENCE_USED'],
      ...['ack', 'ack'],
    ]);
    expect(await fanOut()).toEqual([]);
    expect(appended()).toEqual(['1', '2', '3', '4', '5']);
  });

  it('[B-16] are refused so far below the highest as well', async () => {
    await send([write({ number: 1 }), write({ number: 300 })]);
    await fanOut();
    await world.clock.sleep(DAY);
    await send([write({ number: 301 })]);
    await fanOut();
    expect(await send([write({ number: 150, ago: 0 }), write({ number: 301, ago: 0 })])).toEqual([
      'SEQUENCE_USED',
      'ack',
    ]);
  });

  it('[B-17] are refused as unknown of a publisher that made room, as far as it may have been published', async () => {
    await send([write({ number: 1 })]);
    await fanOut();
    await world.clock.sleep(DAY);
    const others = Array.from({ length: 1_000 }, (_, i): Broadcast => {
      const [accepted] = world.history.appended as [Broadcast];
      return { ...accepted, id: `${i}`, userId: `user ${i}`, published: world.clock.now() };
    });
    await world.history.append(others);
    expect(await send([write({ number: 1, ago: DAY }), write({ number: 2, ago: DAY - 2 * MINUTE })])).toEqual([
      'SEQUENCE_UNKNOWN',
      'ack',
    ]);
  });

  it('[B-3] [B-13] for users by name are published if the history of one lacks them', async () => {
    const to = (...targetUsers: readonly string[]) => ({ targetUsers });
    await send([write({ number: 1 }, to('bob', 'carol'))]);
    await fanOut();
    expect(await send([write({ number: 1, ago: 0 }, to('carol', 'bob'))])).toEqual(['ack']);
    expect(await fanOut()).toEqual([]);
    expect(await send([write({ number: 1, ago: 0 }, to('bob', 'dave'))])).toEqual(['ack']);
    expect(await fanOut()).toEqual(['1']);
    expect(await send([write({ number: 1, ago: 8 * DAY }, to('bob', 'eve'))])).toEqual(['SEQUENCE_UNKNOWN']);
  });

  it('[B-18] that are refused hold up nothing behind them', async () => {
    const sent = [
      write({ number: 1 }),
      write({ number: 2, ago: 8 * DAY }, { channel: 'b' }),
      write({ number: 3 }, { channel: 'b' }),
    ];
    expect(await send(sent)).toEqual(['ack', 'SEQUENCE_UNKNOWN', 'ack']);
    expect(await fanOut()).toEqual(['1', '3']);
  });

  it('[B-18] [E-4] are not taken, nor is anything else of their channel, where it cannot be asked', async () => {
    world.history.remembered = async () => {
      throw new DependencyAway('redis', new Error('away'));
    };
    const plain = { type: 'broadcast', channel: 'a', data: 'plain' };
    expect(await send([write({ number: 1 }), plain, { ...plain, channel: 'b' }])).toEqual([
      'UNAVAILABLE',
      'UNAVAILABLE',
      'ack',
    ]);
    expect(await fanOut()).toEqual(['"plain"']);
  });

  it('asks nothing of the history for what has no sequence', async () => {
    world.history.remembered = () => expect.unreachable('nobody has a sequence');
    expect(await send([{ type: 'broadcast', channel: 'a', data: 1 }])).toEqual(['ack']);
  });

  it.each([
    ['no publisher', { number: 1 }],
    ['no number', { publisher: 'store' }],
    ['number 0', { publisher: 'store', number: 0 }],
    ['part of a number', { publisher: 'store', number: 1.5 }],
    ['a publisher of two lines', { publisher: 'a\nb', number: 1 }],
    ['a time that is none', { publisher: 'store', number: 1, sent: '7' }],
  ])('are refused with %s', async (_, sequence) => {
    expect(await send([{ type: 'broadcast', channel: 'a', data: 1, sequence }])).toEqual(['INVALID_MESSAGE']);
    expect(await fanOut()).toEqual([]);
  });

  it('[H-2] are refused over HTTP', async () => {
    const identity = { user: 'alice', session: openSession(0), admin: false };
    const body = JSON.stringify({ events: [{ channel: 'a', data: 1, sequence: { publisher: 'store', number: 1 } }] });
    await expect(publish(world, identity, body, undefined)).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
      message: expect.stringContaining('events.0.sequence'),
    });
  });
});
