import { describe, expect, it } from 'vitest';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { ALL_GRANTS, type Grants } from '../../../lib/protocol/grants.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { hearingOf } from '../../../lib/sync/hearing.ts';

/** A world with one connection of alice. */
const world = (held: readonly string[], grants: Grants, isGatewayAway = false) => ({
  directory: {
    ofUser: async (user: string) => {
      const shown = { id: 'A', user, openedAt: 1, seenAt: 2, capabilities: [] };
      const rest = { subscriptionCount: held.length, subscriptions: held.slice(0, 1) };
      const endpoint = 'http://gateway';
      return user === 'alice'
        ? [{ endpoint, shown: { ...shown, ...rest }, session: { ...openSession(1), grants } }]
        : [];
    },
  },
  subscriptions: { held: async () => held },
  gateway: {
    find: async (): Promise<'gone'> => {
      if (isGatewayAway) throw new DependencyAway('gateway', new Error('away'));
      return 'gone';
    },
  },
});

describe('[O-9] whether a user hears a channel', () => {
  it.each([
    [['news', 'task:*'], true, 'it is subscribed to task:*'],
    [['task:a'], true, 'it is subscribed to task:a'],
    [['/task:(a|b)/', 'task:**'], true, 'it is subscribed to /task:(a|b)/, task:**'],
    [[], false, 'it is subscribed to nothing'],
    [['news'], false, 'none of its subscriptions matches: news'],
    [['f', 'e', 'd', 'c', 'b'], false, 'none of its subscriptions matches: b, c, d, e, f'],
    [['g', 'f', 'e', 'd', 'c', 'b'], false, 'none of its subscriptions matches: b, c, d, e, f and 1 more'],
  ])('with the subscriptions %j: %s', async (held, hears, why) => {
    expect(await hearingOf(world(held, ALL_GRANTS), 'alice', parseChannel('task:a'))).toMatchObject([{ hears, why }]);
  });

  it.each([
    [['news:*'], 'it is subscribed to nothing; and its token does not let it, which grants news:*'],
    [[], 'it is subscribed to nothing; and its token does not let it, which grants nothing'],
    [['task:*'], 'it is subscribed to nothing'],
  ])('under a token that grants %j: %s', async (subscribe, why) => {
    const found = await hearingOf(world([], { subscribe, publish: [] }), 'alice', parseChannel('task:a'));
    expect(found).toMatchObject([{ hears: false, why }]);
  });

  it('comes with whether the gateway still has it, where that is asked', async () => {
    const look = (isGatewayAway: boolean) => hearingOf(world([], ALL_GRANTS, isGatewayAway), 'alice', undefined, true);
    expect(await look(false)).toMatchObject([{ id: 'A', there: 'gone' }]);
    expect(await look(true)).toMatchObject([{ id: 'A', there: 'unknown' }]);
    const [unasked] = await hearingOf(world([], ALL_GRANTS), 'alice', parseChannel('a'));
    expect(unasked).not.toHaveProperty('there');
    expect(JSON.stringify(await look(false))).not.toContain('http://gateway');
  });

  it('is not said where no channel is asked about, and of nobody else', async () => {
    const [found] = await hearingOf(world(['task:a'], ALL_GRANTS), 'alice', undefined);
    expect(found).not.toHaveProperty('hears');
    expect(await hearingOf(world([], ALL_GRANTS), 'bob', parseChannel('task:a'))).toEqual([]);
  });
});
