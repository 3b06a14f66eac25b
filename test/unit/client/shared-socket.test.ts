import { deflateSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../client/src/clock.ts';
import { shareConnection } from '../../../client/src/tabs/shared-connection.ts';
import { sharedSocket } from '../../../client/src/tabs.ts';
import type { WebSocketLike } from '../../../client/src/web-socket.ts';
import { digestOf } from '../../../lib/protocol/digest.ts';
import { NOTHING_LOST } from './scripted-service.ts';
import { Browser, type Opened } from './tabs/browser.ts';

const EVENT = '{"type":"event","channel":"a","offset":1,"data":12345678901234567890}';

const last = ({ heard }: Opened): { readonly [name: string]: unknown } => JSON.parse(heard.at(-1) ?? '{}');

const tokenOf = (claims: object): string[] => {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return ['realtime-sync.v1', `bearer.e30.${payload}.signature`];
};

const two = async (): Promise<readonly [Browser, Opened, Opened]> => {
  const browser = new Browser();
  return [browser, await browser.open(), await browser.open()];
};

/** Has a tab subscribed to a channel. */
const subscribe = async (browser: Browser, tab: Opened, channel: string): Promise<void> => {
  await browser.send(tab, { requestId: '1', type: 'subscribe', channels: [channel], patterns: [] });
  const { requestId } = browser.sent().at(-1) ?? {};
  await browser.say({ type: 'subscribed', requestId, channels: [channel], patterns: [], positions: {}, time: 1 });
};

describe('a connection that tabs share', () => {
  it('is one, whose first tab leads', async () => {
    const [{ connections }, leader, follower] = await two();
    expect(connections).toHaveLength(1);
    expect([leader.roles, follower.roles]).toEqual([['leader'], ['follower']]);
    expect([leader.states, follower.states]).toEqual([['open'], ['open']]);
  });

  it('hands each its own answers, under the number that it gave, and events to all as they were written', async () => {
    const [browser, leader, follower] = await two();
    await subscribe(browser, leader, 'a');
    await subscribe(browser, follower, 'b');
    expect(browser.sent().map(({ requestId }) => requestId)).toEqual(['1', '2']);
    expect([last(leader), last(follower)]).toMatchObject([
      { requestId: '1', channels: ['a'] },
      { requestId: '1', channels: ['b'] },
    ]);
    await browser.say(EVENT);
    expect([leader.heard.at(-1), follower.heard.at(-1)]).toEqual([EVENT, EVENT]);
    const batch = `{"type":"batch","messages":[${EVENT}]}`;
    await browser.say(batch);
    expect([leader.heard.at(-1), follower.heard.at(-1)]).toEqual([batch, batch]);
  });

  it('hands each what is for it of a batch that holds an answer, too', async () => {
    const [browser, leader, follower] = await two();
    await browser.send(follower, { requestId: '7', type: 'ping', positions: {} });
    const { requestId } = browser.sent().at(-1) ?? {};
    const pong = { type: 'pong', requestId, time: 1, subscriptions: 0 };
    const before = [leader, follower].map(({ heard }) => heard.length);
    await browser.say({ type: 'batch', messages: [JSON.parse(EVENT), pong] });
    const heard = [leader, follower].map((tab, i) => tab.heard.slice(before[i]).map((text) => JSON.parse(text)));
    // What is for all and what is for one go different ways, so that either may come first.
    const byType = (one: { type: string }, other: { type: string }) => one.type.localeCompare(other.type);
    const event = JSON.parse(EVENT);
    expect(heard.map((each) => each.sort(byType))).toMatchObject([[event], [event, { type: 'pong', requestId: '7' }]]);
  });

  const channels = { channels: ['a'], patterns: [] };
  const subscribed = { type: 'subscribed', ...channels, positions: {}, time: 1 };
  const part = { events: [], final: false };
  const end = { events: [], final: true };
  const page = { ...NOTHING_LOST, time: 1, subscriptions: 0 };

  it.each<[string, object, readonly object[]]>([
    ['a subscription', { type: 'subscribe', ...channels }, [subscribed]],
    [
      'one that begins with a state',
      { type: 'subscribe', ...channels, options: { sendInitialState: true } },
      [subscribed, { type: 'state', ...part }, { type: 'state', ...end }],
    ],
    [
      'one that begins with a state and a replay',
      { type: 'subscribe', ...channels, options: { sendInitialState: true, replayEvents: true } },
      [subscribed, { type: 'state', ...end }, { type: 'replay', ...part }, { type: 'replay', ...end, ...page }],
    ],
    [
      'a replay',
      { type: 'replay', since: 0 },
      [
        { type: 'replay', ...part },
        { type: 'replay', ...end, ...page },
      ],
    ],
  ])('hands on all that is the answer, and nothing behind it: of %s', async (_, request, answer) => {
    const [browser, , follower] = await two();
    const before = follower.heard.length;
    await browser.send(follower, { requestId: '7', ...request });
    const { requestId } = browser.sent().at(-1) ?? {};
    for (const message of [...answer, answer.at(-1)]) await browser.say({ requestId, ...message });
    const heard = follower.heard.slice(before).map((text) => JSON.parse(text));
    expect(heard).toMatchObject(answer.map(({ type }: { type?: string }) => ({ type, requestId: '7' })));
  });

  it('tells each what it holds, if the service holds what all of them do', async () => {
    const [browser, leader, follower] = await two();
    await subscribe(browser, leader, 'a');
    await subscribe(browser, follower, 'b');
    await browser.send(follower, { requestId: '2', type: 'ping', positions: {}, digest: true });
    await browser.say({ type: 'pong', requestId: '3', time: 1, subscriptions: 2, digest: digestOf(['a', 'b']) });
    expect(last(follower)).toMatchObject({ requestId: '2', subscriptions: 1, digest: digestOf(['b']) });
    await browser.send(follower, { requestId: '3', type: 'ping', positions: {}, digest: true });
    await browser.say({ type: 'pong', requestId: '4', time: 1, subscriptions: 2, digest: digestOf(['a', 'c']) });
    expect([leader.states, follower.states]).toEqual([
      ['open', 4012],
      ['open', 4012],
    ]);
  });

  it('ends for the service only what no other tab holds, also of one that is gone', async () => {
    const [browser, leader, follower] = await two();
    await subscribe(browser, leader, 'a');
    await subscribe(browser, follower, 'a');
    await browser.send(leader, { requestId: '2', type: 'unsubscribe', channels: ['a'], patterns: [] });
    expect(browser.sent()).toHaveLength(2);
    expect(last(leader)).toMatchObject({ type: 'unsubscribed', requestId: '2' });
    follower.page.kill();
    await browser.clock.advance(100);
    expect(browser.sent().at(-1)).toMatchObject({ type: 'unsubscribe', patterns: ['a'] });
  });

  it('has nobody ask what is held while that changes', async () => {
    const [browser, leader, follower] = await two();
    await browser.send(leader, { requestId: '1', type: 'subscribe', channels: ['a'], patterns: [] });
    await browser.send(follower, { requestId: '1', type: 'ping', positions: {}, digest: true });
    expect(browser.sent()).toHaveLength(1);
    await browser.say({ type: 'subscribed', requestId: '1', channels: ['a'], patterns: [], positions: {}, time: 1 });
    expect(browser.sent().at(-1)).toMatchObject({ type: 'ping' });
  });

  it('greets who comes later as if the service did so then', async () => {
    const browser = new Browser();
    const leader = await browser.open();
    const greeting = { type: 'connection', userId: 'alice', timestamp: browser.clock.now() + 500, expires: null };
    await browser.say(greeting);
    await browser.clock.advance(60_000);
    const follower = await browser.open();
    expect(last(leader)).toMatchObject(greeting);
    const { timestamp } = last(follower) as { timestamp: number };
    expect(Math.abs(timestamp - 500 - browser.clock.now())).toBeLessThanOrEqual(200);
  });

  it('says the service’s time to who comes later, also if the machine’s clock was set meanwhile', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const sockets: WebSocketLike[] = [];
    const webSocket = class {
      onopen = null;
      onmessage = null;
      onclose = null;
      onerror = null;
      constructor() {
        sockets.push(this);
      }
      send(): void {}
      close(): void {}
    };
    const nothing = () => undefined;
    const connection = shareConnection(1, ['ws://service', []], {
      ...{ webSocket, clock: systemClock, onOpen: nothing, onEvents: nothing },
    });
    sockets[0]?.onopen?.({} as never);
    sockets[0]?.onmessage?.({ data: '{"type":"connection","timestamp":1700000000000}' } as never);
    return vi.advanceTimersByTimeAsync(1_000).then(() => {
      vi.setSystemTime(Date.now() + 3_600_000);
      const heard: string[] = [];
      connection.join('late', false, (message) => 'data' in message && heard.push(message.data));
      expect(JSON.parse(heard[0] ?? '{}')).toMatchObject({ type: 'connection', timestamp: 1_700_000_001_000 });
    });
  });

  it('leaves the token of a tab in that tab: one renews the session for all', async () => {
    const [browser, leader, follower] = await two();
    await browser.send(follower, { requestId: '7', type: 'auth', token: 'follower-secret' });
    expect(browser.sent()).toEqual([]);
    expect(last(follower)).toMatchObject({ type: 'authenticated', requestId: '7', expires: null });
    expect(browser.said.join()).not.toContain('secret');
    await browser.send(leader, { requestId: '8', type: 'auth', token: 'leader-secret' });
    expect(browser.sent()).toMatchObject([{ type: 'auth', token: 'leader-secret' }]);
    await browser.say({ type: 'authenticated', requestId: '1', expires: 99, ended: [] });
    await browser.send(follower, { requestId: '9', type: 'auth', token: 'x' });
    expect(last(follower)).toMatchObject({ requestId: '9', expires: 99 });
  });

  it.each([
    { type: 'reconnect', after: 5 },
    { type: 'error', error: { code: 'RATE_LIMIT_EXCEEDED', message: 'x' } },
    { type: 'error', requestId: '1', error: { code: 'SESSION_REVOKED', message: 'x' } },
  ])('tells all what concerns all: $type $error.code', async (message) => {
    const [browser, leader, follower] = await two();
    await browser.send(leader, { requestId: '1', type: 'broadcast', channel: 'a', data: 1, id: 'x' });
    await browser.say(message);
    const { requestId: _, ...told } = message as { requestId?: string };
    expect([last(leader), last(follower)]).toEqual([told, told]);
  });

  it('carries what travels in pieces, or compressed', async () => {
    const [browser, leader, follower] = await two();
    const text = '{"requestId":"5","type":"broadcast","channel":"a","data":"x","id":"i"}';
    const pieces = [text.slice(0, 30), text.slice(30)];
    for (const [index, data] of pieces.entries())
      follower.socket.send(JSON.stringify({ type: 'chunk', requestId: '5', id: 'c1', index, total: 2, data }));
    await browser.clock.advance(50);
    const whole = browser.sent().map(({ data }) => data);
    expect(JSON.parse(whole.join(''))).toMatchObject({ requestId: '1', channel: 'a', id: 'i' });
    await browser.say({ type: 'ack', requestId: '1', id: 'i' });
    expect(last(follower)).toEqual({ type: 'ack', requestId: '5', id: 'i' });
    const data = deflateSync(EVENT).toString('base64');
    await browser.say({ type: 'compressed', encoding: 'deflate', data });
    await expect.poll(() => leader.heard.at(-1)).toBe(EVENT);
  });

  it('goes over to the next tab at once where the leader is closed, and after five seconds where it is frozen', async () => {
    const browser = new Browser();
    const tabs = [await browser.open(), await browser.open(), await browser.open()] as const;
    tabs[0].page.kill();
    await browser.clock.advance(100);
    expect(tabs[1].states).toEqual(['open', 4012]);
    const again = await browser.open();
    expect(again.states).toEqual([]);
    // Those before it have no client that opens another.
    await browser.clock.advance(6_000);
    expect(again.roles.at(-1)).toBe('leader');
    again.page.freeze();
    const next = await browser.open();
    await browser.clock.advance(4_000);
    expect(next.roles).toEqual([]);
    await browser.clock.advance(4_000);
    expect(next.roles).toEqual(['leader']);
    expect(next.states).toEqual(['open']);
  });

  it('goes over to the next tab where the last client of the leader is closed, which is no tab any more', async () => {
    const [browser, leader, follower] = await two();
    leader.socket.close();
    await browser.clock.advance(100);
    expect(follower.states).toEqual(['open', 4012]);
    const next = await browser.open();
    await browser.clock.advance(6_000);
    expect(next.states).toEqual(['open']);
    expect(leader.roles).toEqual(['leader']);
  });

  it.each([
    ['an earlier', -1, 1, []],
    ['the same', 0, 0, []],
    ['a later', 1, 0, ['follower']],
  ] as const)('is kept by a leader beside one whose connection is of %s epoch, or not', async (_, by, told, roles) => {
    const browser = new Browser();
    const leader = await browser.open();
    const leads = () => browser.said.map((text) => JSON.parse(text)).filter(({ kind }) => kind === 'lead');
    const [{ epoch }] = leads();
    const before = leads().length;
    await browser.speak({ kind: 'lead', epoch: epoch + by });
    expect(leader.roles.slice(1, 2)).toEqual(roles);
    // One with an earlier one is told of it; beside what the other said itself.
    if (roles.length === 0) expect(leads().length - before - 1).toBe(told);
  });

  it('takes nothing from a tab that was said to a leader which was frozen meanwhile', async () => {
    const [browser, leader, follower] = await two();
    leader.page.freeze();
    await browser.send(follower, { requestId: '1', type: 'broadcast', channel: 'a', data: 1, id: 'late' });
    await browser.clock.advance(400_000);
    leader.page.thaw();
    await browser.clock.advance(1_000);
    expect(browser.connections.flatMap(({ sent }) => sent)).toEqual([]);
    expect(leader.states).toEqual(['open', 4012]);
  });

  it('is not shared with a tab that holds too much for it', async () => {
    const [browser, leader, follower] = await two();
    await browser.send(follower, { requestId: '1', type: 'subscribe', channels: ['a'], patterns: [] });
    await browser.say({ type: 'error', requestId: '1', error: { code: 'TOO_MANY_SUBSCRIPTIONS', message: 'x' } });
    expect(follower.roles).toEqual(['follower', 'alone']);
    expect(follower.states).toEqual(['open', 4012]);
    // The others keep it.
    await browser.say(EVENT);
    expect([leader.roles, leader.states, leader.heard.at(-1)]).toEqual([['leader'], ['open'], EVENT]);
  });

  it('is kept by a tab that holds too much where it has it for itself, and is told so', async () => {
    const browser = new Browser();
    const tab = await browser.open();
    await browser.send(tab, { requestId: '1', type: 'subscribe', channels: ['a'], patterns: [] });
    await browser.say({ type: 'error', requestId: '1', error: { code: 'TOO_MANY_SUBSCRIPTIONS', message: 'x' } });
    expect([tab.roles, tab.states]).toEqual([['leader'], ['open']]);
    expect(last(tab)).toMatchObject({ requestId: '1', error: { code: 'TOO_MANY_SUBSCRIPTIONS' } });
  });

  it('is not shared with a tab one of whose frames is too large once it has a longer number', async () => {
    const [browser, leader, follower] = await two();
    // The service takes frames of so many bytes.
    const frame = (requestId: number, bytes: number) => {
      const empty = { requestId: `${requestId}`, type: 'broadcast', channel: 'a', data: '', id: 'i' };
      return { ...empty, data: 'x'.repeat(bytes - JSON.stringify(empty).length) };
    };
    for (let n = 1; n <= 9; n++) await browser.send(leader, { requestId: `${n}`, type: 'ping', positions: {} });
    await browser.send(follower, frame(1, 32_767));
    expect(JSON.stringify(browser.sent().at(-1))).toHaveLength(32_768);
    expect(follower.states).toEqual(['open']);
    await browser.send(follower, frame(2, 32_768));
    expect([leader.states, follower.states, follower.roles]).toEqual([['open'], ['open', 4012], ['follower', 'alone']]);
  });

  it.each([
    ['refused', { type: 'error', error: { code: 'UNAVAILABLE', message: 'x' } }, 1],
    ['done', { type: 'unsubscribed', channels: [], patterns: [] }, 0],
  ])('counts what a tab ends as held where that is %s', async (_, answer, held) => {
    const [browser, , follower] = await two();
    await subscribe(browser, follower, 'a');
    await browser.send(follower, { requestId: '2', type: 'unsubscribe', channels: ['a'], patterns: [] });
    await browser.say({ requestId: '2', ...answer });
    await browser.send(follower, { requestId: '3', type: 'ping', positions: {}, digest: true });
    const digest = digestOf(held === 1 ? ['a'] : []);
    await browser.say({ type: 'pong', requestId: '3', time: 1, subscriptions: held, digest });
    expect(last(follower)).toMatchObject({ subscriptions: held, digest });
    expect(follower.states).toEqual(['open']);
  });

  it.each([
    [3_900, 'open'],
    [4_100, 'closed'],
  ])(
    'is given up with a tab that closes its socket unanswered, as one that is dead: after %i ms it is %s',
    async (after, state) => {
      const [browser, , follower] = await two();
      follower.socket.send(JSON.stringify({ requestId: '1', type: 'ping' }));
      await browser.clock.advance(after);
      follower.socket.close();
      await browser.clock.advance(50);
      expect(browser.connections[0]?.end.state).toBe(state);
    },
  );

  it('is made anew where what a tab held that is gone cannot be ended', async () => {
    const [browser, leader, follower] = await two();
    await subscribe(browser, follower, 'a');
    follower.page.kill();
    await browser.clock.advance(100);
    const { requestId } = browser.sent().at(-1) as { requestId: string };
    await browser.say({ type: 'error', requestId, error: { code: 'UNAVAILABLE', message: 'x' } });
    expect(leader.states).toEqual(['open', 4012]);
  });

  it.each([
    [[], ['open']],
    [['a'], ['open', 4012]],
  ])('is made anew where a renewed session ends what is held: %j', async (ended, states) => {
    const browser = new Browser();
    const tab = await browser.open();
    await browser.send(tab, { requestId: '1', type: 'auth', token: 't' });
    await browser.say({ type: 'authenticated', requestId: '1', expires: 9, ended, time: 1 });
    expect(tab.states).toEqual(states);
  });
});

describe('a connection of its own', () => {
  it('is what each user has, and each session that may do something else', async () => {
    const browser = new Browser();
    await browser.open('ws://service/?user=alice');
    await browser.open('ws://service/?user=bob');
    await browser.open('ws://service/', tokenOf({ sub: 'alice', exp: 1, jti: 'a' }));
    await browser.open('ws://service/', tokenOf({ sub: 'alice', exp: 2, jti: 'b' }));
    await browser.open('ws://service/', tokenOf({ sub: 'bob', exp: 1 }));
    await browser.open('ws://service/', tokenOf({ sub: 'alice', exp: 1, channels: { subscribe: ['a'] } }));
    expect(browser.connections).toHaveLength(5);
    expect(browser.said.join()).not.toContain('signature');
  });

  it('is what a tab has whose token cannot be read', async () => {
    const browser = new Browser();
    const tab = await browser.open('ws://service/', ['realtime-sync.v1', 'bearer.secret']);
    expect([tab.roles, tab.states]).toEqual([['alone'], ['open']]);
  });

  it('is what all have where there are no locks, as over plain HTTP', () => {
    const roles: string[] = [];
    class Plain {}
    const options = { webSocket: Plain as never, BroadcastChannel: class {} as never };
    const onRole = (role: string): void => void roles.push(role);
    expect(sharedSocket({ ...options, locks: undefined as never, onRole })).toBeTypeOf('function');
  });
});
