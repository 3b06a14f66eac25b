import { describe, expect, it } from 'vitest';
import { type ModelSocket, socketsTo } from '../../../client/testing/socket.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { digestOf } from '../../../lib/protocol/digest.ts';
import type { Seen } from '../../faults/checker.ts';
import { Cuts } from '../judges/cuts.ts';
import { Kept } from '../judges/kept.ts';
import { UNCUT } from '../plans/plan.ts';
import type { Sockets } from '../service/sockets.ts';
import { calmStage } from '../stage/calm-stage.ts';
import { Historian } from './historian.ts';

const EPOCH = 'epoch-1';
const TEXTS = ['a', '**'];
const NOT_TOLD = 'history: historian is not told that a at 1 fits **';

/** A historian that is connected, and the service as it is to it. */
const connected = async () => {
  const stage = calmStage();
  const { time } = stage;
  const seen: Seen[] = [];
  const asked: { readonly type: string; readonly requestId: string }[] = [];
  let ends: ModelSocket | undefined;
  const far = {
    called: (socket: ModelSocket) => {
      ends = socket;
      time.after(1, () => socket.open());
    },
    took: (_: ModelSocket, text: string) => void asked.push(JSON.parse(text)),
    left: (socket: ModelSocket) => socket.shut(1000),
  };
  const sockets = { socketsOf: () => socketsTo(far) } as unknown as Sockets;
  const store = new MemoryStore(time);
  const cuts = new Cuts(store, UNCUT);
  const kept = new Kept(stage, store, UNCUT, false);
  const historian = new Historian(stage, {
    sockets,
    issuer: undefined,
    cuts,
    kept,
    seen,
    maxEvents: 10,
    isClockSet: false,
  });
  await time.advance(10);

  /** What was asked for last is answered by these. */
  const answer = async (...messages: readonly object[]): Promise<void> => {
    const { requestId } = asked.at(-1) as (typeof asked)[number];
    for (const message of messages) ends?.say(JSON.stringify({ ...message, requestId }));
    await time.advance(10);
  };
  return {
    ...{ historian, answer },
    problems: stage.problems,
    /** It asks to be subscribed to all texts, or to some. */
    asks: async (texts = TEXTS): Promise<void> => {
      historian.begin(texts);
      await time.advance(10);
    },
    isSubscribed: (): Promise<void> =>
      answer(
        {
          type: 'subscribed',
          channels: ['a'],
          patterns: ['**'],
          positions: { a: { offset: 0, epoch: EPOCH } },
          time: 0,
        },
        { type: 'state', events: [], final: true },
        { type: 'replay', events: [], recovered: true, next: null, final: true },
      ),
    /** It asks for the end of the pattern. */
    ends: async (): Promise<void> => {
      historian.end('**');
      await time.advance(10);
    },
    isUnsubscribed: (): Promise<void> => answer({ type: 'unsubscribed', channels: [], patterns: ['**'], time: 0 }),
    isRefused: (): Promise<void> => answer({ type: 'error', error: { code: 'UNAVAILABLE', message: '' } }),
    /** An event is published now, and comes by the channel’s own name alone. */
    hearsByName: async (): Promise<void> => {
      seen.push({ type: 'sent', at: time.now(), id: 'e', channel: 'a', publisher: 'alice', sequence: 1 });
      const place = { channel: 'a', offset: 1, epoch: EPOCH, timestamp: 0 };
      ends?.say(JSON.stringify({ type: 'event', ...place, id: 'e', data: { id: 'e' }, matched: ['a'] }));
    },
  };
};

const LEFT_OUT = 'history: historian is told nothing of the replay of a to 1';
const POSITION = { offset: 1, epoch: EPOCH };

/** The first page of a replay, behind which there is more. */
const FIRST = { type: 'replay', events: [], recovered: true, next: 'cursor', final: true };

describe('what an answer leaves out of what a request named (S-10)', () => {
  /** It is subscribed, and told nothing of the one event that is kept; the last page has the digest of what is held. */
  const told = async (held: readonly string[], meanwhile: (historian: Historian) => void = () => undefined) => {
    const { historian, asks, answer, problems } = await connected();
    await asks();
    historian.isFound(TEXTS);
    const positions = { a: POSITION };
    const state = { channel: 'a', ...POSITION, id: 'e', data: { id: 'e' }, matched: TEXTS };
    await answer(
      { type: 'subscribed', channels: ['a'], patterns: ['**'], positions, time: 0 },
      { type: 'state', events: [state], final: true },
      FIRST,
    );
    meanwhile(historian);
    await answer({ ...FIRST, next: null, subscriptions: held.length, digest: digestOf(held) });
    return problems;
  };

  it('is nothing', async () => {
    expect(await told(TEXTS)).toEqual([LEFT_OUT]);
    expect(await told([])).toEqual([LEFT_OUT]);
  });

  it('is what the service forgot before the last page, which says so by its digest (R-11)', async () => {
    expect(await told([], (historian) => historian.isForgotten())).toEqual([]);
    expect(await told(['x:1'], (historian) => historian.isForgotten())).toEqual([]);
    expect(await told([...TEXTS, 'x:1'], (historian) => historian.isForgotten())).toEqual([LEFT_OUT]);
  });
});

it('leaves out nothing that is heard by what the request did not name', async () => {
  const { historian, asks, isSubscribed, ends, isRefused, answer, problems } = await connected();
  await ends();
  await isRefused();
  await asks(['a']);
  await isSubscribed();
  await asks(['**']);
  await answer(
    { type: 'subscribed', channels: [], patterns: ['**'], positions: { a: POSITION }, time: 0 },
    {
      type: 'state',
      events: [{ channel: 'a', ...POSITION, id: 'e', data: { id: 'e' }, matched: ['**'] }],
      final: true,
    },
    FIRST,
  );
  historian.isEnded(['**']);
  await answer({ ...FIRST, next: null, subscriptions: 1, digest: digestOf(['a']) });
  expect(problems).toEqual([LEFT_OUT]);
});

describe('what a live event names to who was subscribed before it was published (E-9)', () => {
  it('is all that was answered', async () => {
    const { asks, isSubscribed, hearsByName, problems } = await connected();
    await asks();
    await isSubscribed();
    await hearsByName();
    expect(problems).toEqual([NOT_TOLD]);
  });

  it('is nothing that the service had forgotten with the connection, before the answer came', async () => {
    const { historian, asks, isSubscribed, hearsByName, problems } = await connected();
    await asks();
    historian.isFound(TEXTS);
    historian.isForgotten();
    await isSubscribed();
    await hearsByName();
    expect(problems).toEqual([]);
  });

  it('is nothing that it has forgotten since', async () => {
    const { historian, asks, isSubscribed, hearsByName, problems } = await connected();
    await asks();
    await isSubscribed();
    historian.isForgotten();
    await hearsByName();
    expect(problems).toEqual([]);
  });

  it('is what a request found held behind that', async () => {
    const { historian, asks, isSubscribed, hearsByName, problems } = await connected();
    await asks();
    historian.isForgotten();
    historian.isFound(TEXTS);
    await isSubscribed();
    await hearsByName();
    expect(problems).toEqual([NOT_TOLD]);
  });

  it('is nothing whose end was refused, and is carried out yet', async () => {
    const { historian, asks, isSubscribed, ends, isRefused, hearsByName, problems } = await connected();
    await asks();
    await isSubscribed();
    await ends();
    await isRefused();
    await asks();
    historian.isFound(TEXTS);
    await isSubscribed();
    historian.isEnded(['**']);
    await hearsByName();
    expect(problems).toEqual([]);
  });

  it('is nothing whose end was refused, and then answered, and is carried out once more', async () => {
    const { historian, asks, isSubscribed, ends, isRefused, isUnsubscribed, hearsByName, problems } = await connected();
    await asks();
    await isSubscribed();
    await ends();
    await isRefused();
    await ends();
    historian.isEnded(['**']);
    await isUnsubscribed();
    await asks();
    historian.isFound(TEXTS);
    await isSubscribed();
    historian.isEnded(['**']);
    await hearsByName();
    expect(problems).toEqual([]);
  });

  it('is what ends by a request that asked for the end of something else, or was answered before', async () => {
    const { historian, asks, isSubscribed, ends, isUnsubscribed, hearsByName, problems } = await connected();
    await asks();
    await isSubscribed();
    await ends();
    historian.isEnded(['**']);
    await isUnsubscribed();
    await asks();
    historian.isFound(TEXTS);
    await isSubscribed();
    historian.isEnded(['**']);
    await hearsByName();
    expect(problems).toEqual([NOT_TOLD]);
  });
});
