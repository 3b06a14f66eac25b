import { describe, expect, it } from 'vitest';
import type { ListenersRequest, RegistryChanges } from '../../../lib/ports/subscriptions.ts';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { MOST_TEXTS_READ } from '../../../lib/protocol/http/listening.ts';
import { SHOWN_SUBSCRIPTIONS } from '../../../lib/protocol/open-connections.ts';
import { parsePattern } from '../../../lib/protocol/pattern.ts';
import { channelsHeard } from '../../../lib/sync/channels-heard.ts';
import { Listeners } from '../../../lib/sync/listening.ts';
import { answered } from '../../frames.ts';
import { connection, event } from './world.ts';
import { receivingWorld } from './worlds.ts';

const broken = (error: unknown) => expect.unreachable(String(error));
const channel = parseChannel('task:opened');

const subscribed = async (holding: Readonly<Record<string, readonly string[]>>) => {
  const world = receivingWorld();
  for (const [name, texts] of Object.entries(holding)) {
    const [id = '', user = ''] = name.split(' of ');
    const frame = JSON.stringify({ type: 'subscribe', patterns: texts });
    expect((await answered(world, connection(id, user), frame)).join()).toContain('"subscribed"');
  }
  return { ...world, listeners: new Listeners(world.subscriptions, broken) };
};

describe('[O-18] who hears a channel', () => {
  it('are the connections that do now, each once, by all subscriptions of theirs that match', async () => {
    const { listeners, ...world } = await subscribed({
      'B of bob': ['task:*', 'news', '/task:(opened|closed)/'],
      'A of alice': ['task:opened'],
      'C of carol': ['news'],
    });
    expect(await listeners.of(channel, 10, undefined)).toMatchObject({
      unread: 0,
      listeners: [
        { connection: 'A', user: 'alice', subscriptionCount: 1, subscriptions: ['task:opened'] },
        { connection: 'B', user: 'bob', subscriptionCount: 2, subscriptions: ['/task:(opened|closed)/', 'task:*'] },
      ],
      behind: undefined,
    });
    const leaving = JSON.stringify({ type: 'unsubscribe', patterns: ['task:opened'] });
    await answered(world, connection('A', 'alice'), leaving);
    await answered(world, connection('D', 'dave'), JSON.stringify({ type: 'subscribe', patterns: ['**:opened'] }));
    const now = await listeners.of(channel, 10, undefined);
    expect(now.listeners.map(({ user }) => user)).toEqual(['bob', 'dave']);
  });

  it('come in pages, each in exactly one, with all that each hears it by', async () => {
    const names = Array.from({ length: 23 }, (_, i) => `c${100 + i}`);
    const holding = names.map((id, i) => [`${id} of u${i}`, i % 2 === 0 ? ['task:*', '**'] : ['task:opened', '**']]);
    const { listeners } = await subscribed(Object.fromEntries(holding));
    const seen: string[] = [];
    let after: string | undefined;
    for (let pages = 0; ; pages++) {
      expect(pages).toBeLessThan(6);
      const page = await listeners.of(channel, 5, after);
      expect(page.listeners).toHaveLength(Math.min(5, names.length - seen.length));
      for (const { subscriptionCount } of page.listeners) expect(subscriptionCount).toBe(2);
      seen.push(...page.listeners.map(({ connection: id }) => id));
      after = page.behind;
      if (after === undefined) break;
    }
    expect(seen).toEqual(names);
  });

  it('come in pages that go on where the store gives fewer at a time than are asked for', async () => {
    const names = Array.from({ length: 11 }, (_, i) => `c${100 + i}`);
    const holding = names.map((id, i) => [`${id} of u`, i < 8 ? ['task:*', '**'] : ['task:opened', '**']]);
    const { subscriptions } = await subscribed(Object.fromEntries(holding));
    const few = {
      changes: subscriptions.changes.bind(subscriptions),
      listeners: (requests: readonly ListenersRequest[]) =>
        subscriptions.listeners(requests.map((each) => ({ ...each, most: Math.min(each.most ?? 3, 3) }))),
    };
    const listeners = new Listeners(few, broken);
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await listeners.of(channel, 1_000, after);
      for (const { subscriptionCount } of page.listeners) expect(subscriptionCount).toBe(2);
      seen.push(...page.listeners.map(({ connection: id }) => id));
      after = page.behind;
      if (after === undefined) break;
    }
    expect(seen).toEqual(names);
  });

  it.each([
    [3, undefined],
    [2, 'B'],
  ])('are all on a page of %i, or it is said that there are more', async (most, behind) => {
    const { listeners } = await subscribed({ 'A of a': ['**'], 'B of b': ['**'], 'C of c': ['**'] });
    expect(await listeners.of(channel, most, undefined)).toMatchObject({ behind });
  });

  it('are told up to the last that every text was read to, it among them', async () => {
    const pages: Readonly<Record<string, readonly string[]>> = { 'task:opened': ['B', 'D'], 'task:*': ['A', 'B', 'C'] };
    const listeners = new Listeners(
      {
        changes: async (): Promise<RegistryChanges> => ({
          ...{ place: { generation: 'g', last: '1' }, reset: true, removed: [], added: [{ shape: '_:*' }] },
        }),
        listeners: async (requests) =>
          requests.map(({ text }) => ({
            listeners: (pages[text] ?? []).map((id) => connection(id)),
            more: text === 'task:*',
          })),
      },
      broken,
    );
    const { listeners: found, behind } = await listeners.of(channel, 10, undefined);
    expect([found.map(({ connection: id, subscriptionCount }) => `${id} ${subscriptionCount}`), behind]).toEqual([
      ['A 1', 'B 2', 'C 1'],
      'C',
    ]);
  });

  it.each([
    ['task:opened', 'task:*'],
    ['task:*', 'task:opened'],
  ])('are told up to the last that each text was read to, where %s has fewer at a time than %s', async (few) => {
    const listeners = new Listeners(
      {
        changes: async (): Promise<RegistryChanges> => ({
          ...{ place: { generation: 'g', last: '1' }, reset: true, removed: [], added: [{ shape: '_:*' }] },
        }),
        listeners: async (requests) =>
          requests.map(({ text }) => ({
            listeners: (text === few ? ['A', 'B'] : ['A', 'B', 'C', 'D']).map((id) => connection(id)),
            more: true,
          })),
      },
      broken,
    );
    const { listeners: found, behind } = await listeners.of(channel, 10, undefined);
    expect([found.map(({ connection: id }) => id), behind]).toEqual([['A', 'B'], 'B']);
  });

  it('are looked for by fifty texts at a time', async () => {
    const patterns = Array.from({ length: 99 }, (_, i) => ({ pattern: `/task:opened|${i}/` }));
    const sizes: number[] = [];
    const listeners = new Listeners(
      {
        changes: async (): Promise<RegistryChanges> => ({
          ...{ place: { generation: 'g', last: '1' }, reset: true, removed: [], added: patterns },
        }),
        listeners: async (requests) => {
          sizes.push(requests.length);
          return requests.map(() => ({ listeners: [], more: false }));
        },
      },
      broken,
    );
    await listeners.of(channel, 10, undefined);
    expect(sizes).toEqual([50, 50]);
  });

  it('are looked for under so many texts and no more, and so many of them are shown', async () => {
    const patterns = Array.from({ length: MOST_TEXTS_READ + 5 }, (_, i) => ({ pattern: `/task:opened|${i}/` }));
    const asked: ListenersRequest[] = [];
    const listeners = new Listeners(
      {
        changes: async (since): Promise<RegistryChanges> => ({
          ...{ place: { generation: 'g', last: '1' }, reset: since === undefined, removed: [] },
          added: since === undefined ? patterns : [],
        }),
        listeners: async (requests) => {
          asked.push(...requests);
          return requests.map(() => ({ listeners: [connection('A', 'alice')], more: false }));
        },
      },
      broken,
    );
    const found = await listeners.of(channel, 3, 'behind');
    expect(found).toMatchObject({
      texts: MOST_TEXTS_READ + 6,
      unread: 6,
      listeners: [{ subscriptionCount: MOST_TEXTS_READ }],
    });
    expect(found.listeners[0]?.subscriptions).toHaveLength(SHOWN_SUBSCRIPTIONS);
    expect(asked).toHaveLength(MOST_TEXTS_READ);
    expect(asked.every(({ after, most }) => after === 'behind' && most === 4)).toBe(true);
  });
});

describe('[O-18] the channels of a pattern', () => {
  const heard = async (text: string, most = 10, after = '') => {
    const { history } = receivingWorld();
    await history.append(['task:a', 'task:b', 'task:b', 'news', 'user:1'].map((name, i) => event(name, `${i}`)));
    const found = await channelsHeard(history, parsePattern(text), most, after, 0);
    return { channels: found.channels.map(({ channel: name, offset }) => `${name} ${offset}`), behind: found.behind };
  };

  it.each([
    ['task:*', ['task:a 1', 'task:b 2']],
    ['/.*:(b|1)/', ['task:b 2', 'user:1 1']],
    ['news', ['news 1']],
    ['nothing', []],
    ['nothing:*', []],
  ])('%s are those with a history that it matches, with their last offset', async (text, channels) => {
    expect(await heard(text)).toEqual({ channels, behind: undefined });
  });

  it('come in pages', async () => {
    expect(await heard('**', 2)).toEqual({ channels: ['news 1', 'task:a 1'], behind: 'task:a' });
    expect(await heard('**', 2, 'task:a')).toEqual({ channels: ['task:b 2', 'user:1 1'], behind: undefined });
  });

  it('are looked for among so many and no more, and it is said where to go on', async () => {
    const names = Array.from({ length: 25_000 }, (_, i) => `a:${100_000 + i}`);
    const pages = (async function* () {
      for (let at = 0; at < names.length; at += 1_000) yield names.slice(at, at + 1_000);
    })();
    const history = { activeChannels: () => pages, positions: () => expect.unreachable('None of them matches') };
    const found = await channelsHeard(history, parsePattern('**:z'), 10, '', 0);
    expect(found).toEqual({ channels: [], behind: 'a:109999' });
  });
});
