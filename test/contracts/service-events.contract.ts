import { describe, expect, it } from 'vitest';
import type { Caller } from '../../lib/ports/connection.ts';
import { GRACE, type ServiceEventKind, type ServiceFact } from '../../lib/ports/service-events.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import type { Adapters, StoreKind } from './store.ts';

const ALL: ReadonlySet<ServiceEventKind> = new Set(['connections', 'subscriptions']);
const PRESENCE: ReadonlySet<ServiceEventKind> = new Set(['users', 'channels', 'sessions']);

const caller = (id: string, user = 'alice'): Caller => ({
  id,
  user,
  endpoint: 'http://gateway',
  capabilities: NO_CAPABILITIES,
  session: openSession(0),
});

const named = (...texts: readonly string[]) => texts.map((text) => ({ text, found: 'by-name' as const }));

/** All that is to be told, by subject; it stays. */
const read = async ({ serviceEvents }: Adapters): Promise<readonly ServiceFact[]> => {
  const untold = await serviceEvents.untold(1_000);
  return (await Promise.all(untold.map(({ subject }) => serviceEvents.facts(subject, 100)))).flat();
};

const said = (facts: readonly ServiceFact[]) => facts.map(({ kind, what, data }) => [kind, what, JSON.parse(data)]);

/** What {@link ServiceEvents} promises, and of what connections and subscriptions write down for it. */
export const serviceEventsContract = (kind: StoreKind): void => {
  describe(`what is told of the service (${kind.name})`, () => {
    it('[V-1] is what happened to a connection, in order, each once however often it is asked for', async () => {
      const adapters = (await kind.open()).adapters({ told: ALL });
      const { directory, subscriptions } = adapters;
      const alice = caller('A');
      for (let i = 0; i < 2; i++) await directory.open(alice);
      for (let i = 0; i < 2; i++) await subscriptions.add(alice, named('a', 'b:ü'), 10);
      await subscriptions.add(alice, named('b:ü', 'c'), 10);
      for (let i = 0; i < 2; i++) await subscriptions.remove(alice, ['a', 'never held']);
      for (let i = 0; i < 2; i++) await directory.close('A', 'left');
      const facts = await read(adapters);
      expect(said(facts)).toEqual([
        ['connections', 'opened', { connection: 'A', user: 'alice' }],
        ['subscriptions', 'subscribed', { connection: 'A', user: 'alice', texts: ['a', 'b:ü'] }],
        ['subscriptions', 'subscribed', { connection: 'A', user: 'alice', texts: ['c'] }],
        ['subscriptions', 'unsubscribed', { connection: 'A', user: 'alice', texts: ['a'] }],
        ['connections', 'closed', { connection: 'A', user: 'alice', reason: 'left' }],
      ]);
      expect(new Set(facts.map(({ id }) => id)).size).toBe(5);
    });

    it('[V-2] is told by the same ids until it is taken away, and then no more', async () => {
      const store = await kind.open();
      const adapters = store.adapters({ told: ALL });
      await adapters.directory.open(caller('A'));
      await adapters.directory.close('A', 'left');
      const { serviceEvents } = store.adapters();
      const [untold] = await serviceEvents.untold(10);
      const subject = untold?.subject ?? '';
      const [opened, closed] = await serviceEvents.facts(subject, 10);
      expect(await serviceEvents.facts(subject, 10)).toEqual([opened, closed]);
      expect(await serviceEvents.facts(subject, 1)).toEqual([opened]);
      for (let i = 0; i < 2; i++) await serviceEvents.told(subject, opened as ServiceFact);
      expect(await serviceEvents.facts(subject, 10)).toEqual([closed]);
      await serviceEvents.told(subject, closed as ServiceFact);
      expect(await serviceEvents.facts(subject, 10)).toEqual([]);
      for (const each of await serviceEvents.untold(10)) await serviceEvents.overlook(each);
      expect(await serviceEvents.untold(10)).toEqual([]);
      expect(await serviceEvents.age()).toBe(0);
    });

    it('[V-2] keeps a subject of which something came true since it was looked at', async () => {
      const adapters = (await kind.open()).adapters({ told: ALL });
      const { directory, serviceEvents } = adapters;
      await directory.open(caller('A'));
      const [before] = await serviceEvents.untold(10);
      await directory.close('A', 'gone');
      if (before !== undefined) await serviceEvents.overlook(before);
      expect((await serviceEvents.untold(10)).map(({ subject }) => subject)).toEqual([before?.subject]);
    });

    it('[V-1] says why a connection ended as it was said before, whoever notices', async () => {
      const adapters = (await kind.open()).adapters({ told: ALL });
      await adapters.directory.open(caller('A'));
      await adapters.directory.because('A', 'revoked');
      await adapters.directory.close('A', 'left');
      await adapters.directory.because('B', 'revoked');
      await adapters.directory.open(caller('B'));
      await adapters.directory.close('B');
      const ends = (await read(adapters)).filter(({ what }) => what === 'closed').map(({ data }) => JSON.parse(data));
      expect(ends).toEqual(
        expect.arrayContaining([
          { connection: 'A', user: 'alice', reason: 'revoked' },
          { connection: 'B', user: 'alice', reason: 'gone' },
        ]),
      );
    });

    it('[V-1] tells of what a session ended, and of no connection that was refused', async () => {
      const adapters = (await kind.open()).adapters({ told: ALL });
      const { directory, subscriptions } = adapters;
      const alice = caller('A');
      expect(await directory.open(alice, 1)).toBeUndefined();
      expect(await directory.open(caller('B'), 1)).toBe('too-many');
      await directory.close('B', 'refused');
      await subscriptions.add(alice, named('a', 'b'), 10);
      await directory.renew(alice, { ...alice.session, issued: 1 }, (text) => text === 'a');
      expect(said(await read(adapters))).toEqual([
        ['connections', 'opened', { connection: 'A', user: 'alice' }],
        ['subscriptions', 'subscribed', { connection: 'A', user: 'alice', texts: ['a', 'b'] }],
        ['subscriptions', 'unsubscribed', { connection: 'A', user: 'alice', texts: ['b'] }],
      ]);
    });

    it('[V-3] is nothing of channels of its own, of kinds that are off, and of what was open when they were', async () => {
      const store = await kind.open();
      const [off, on] = [store.adapters(), store.adapters({ told: new Set(['subscriptions']) })];
      const alice = caller('A');
      await off.directory.open(alice);
      await off.subscriptions.add(alice, named('a'), 10);
      await on.subscriptions.add(alice, named('$service:connections', '$service:*'), 10);
      await on.subscriptions.add(alice, named('$service:connections', 'b'), 10);
      await on.subscriptions.remove(alice, ['$service:*']);
      await on.directory.close('A', 'left');
      const all = store.adapters({ told: ALL });
      await all.directory.close('A', 'left');
      expect(said(await read(on))).toEqual([
        ['subscriptions', 'subscribed', { connection: 'A', user: 'alice', texts: ['b'] }],
      ]);
    });

    it('[V-5] is that a user came with the first connection, and of a channel with the first that names it', async () => {
      const adapters = (await kind.open()).adapters({ told: PRESENCE });
      const { directory, subscriptions } = adapters;
      for (const id of ['A', 'B']) {
        await directory.open(caller(id));
        await subscriptions.add(caller(id), named('a:ü', '$service:users'), 10);
        await subscriptions.add(caller(id), [{ text: 'a:*', found: { byShape: '_:*' } }], 10);
      }
      await directory.close('A', 'left');
      await subscriptions.remove(caller('B'), ['a:ü']);
      await subscriptions.add(caller('B'), named('a:ü'), 10);
      const facts = said(await read(adapters));
      expect(facts).toHaveLength(2);
      expect(facts).toEqual(
        expect.arrayContaining([
          ['users', 'online', { user: 'alice' }],
          ['channels', 'occupied', { channel: 'a:ü' }],
        ]),
      );
    });

    it('[V-6] is that a user’s sessions were revoked, once for each time', async () => {
      const adapters = (await kind.open()).adapters({ told: PRESENCE });
      for (const now of [1_000, 1_000, 900, 2_000]) await adapters.directory.revoke('bob', now);
      expect(said(await read(adapters))).toEqual([
        ['sessions', 'revoked', { user: 'bob' }],
        ['sessions', 'revoked', { user: 'bob' }],
      ]);
    });

    it('[V-6] is that a user reached a limit, once a minute', async () => {
      const store = await kind.open();
      const adapters = store.adapters();
      for (const level of ['user', 'connection', 'user'] as const) await adapters.serviceEvents.exceeded('bob', level);
      await store.adapters().serviceEvents.exceeded('bob', 'global');
      expect(said(await read(adapters))).toEqual([['limits', 'exceeded', { user: 'bob', limit: 'user' }]]);
    });

    it('[V-6] is that a message was put aside, by the same id where it comes again', async () => {
      const adapters = (await kind.open()).adapters();
      const data = { queue: 'events.0', reason: 'the body is "not" JSON: {é}', channel: 'a' };
      for (let i = 0; i < 2; i++) await adapters.serviceEvents.parked('name', data);
      await adapters.serviceEvents.parked('other', data);
      const facts = await read(adapters);
      expect(said(facts)).toEqual(Array.from({ length: 3 }, () => ['parked', 'parked', data]));
      expect([facts[0]?.id === facts[1]?.id, facts[1]?.id === facts[2]?.id]).toEqual([true, false]);
    });

    it('[V-5] is that nobody is there, once for each occupancy, after a time in which nobody came back', async () => {
      const store = await kind.open();
      const adapters = store.adapters({ told: PRESENCE });
      const { directory, subscriptions, serviceEvents } = adapters;
      /** What is told until all of it was, in order. */
      const tellAll = async (): Promise<readonly string[]> => {
        const told: string[] = [];
        for (const untold of await serviceEvents.untold(100)) {
          const facts = await serviceEvents.facts(untold.subject, 100);
          for (const fact of facts) {
            told.push(`${fact.what} ${fact.data}`);
            await serviceEvents.told(untold.subject, fact);
          }
          if (facts.length === 0) await serviceEvents.overlook(untold);
        }
        return told.sort();
      };
      const come = async () => {
        await directory.open(caller('A'));
        await subscriptions.add(caller('A'), named('a'), 10);
      };
      await come();
      expect(await tellAll()).toEqual(['occupied {"channel":"a"}', 'online {"user":"alice"}']);
      // Away for less than that, and back: never away.
      await directory.close('A', 'left');
      await store.pass(2_000);
      expect(await tellAll()).toEqual([]);
      await come();
      await store.pass(GRACE);
      expect([await tellAll(), await tellAll()]).toEqual([[], []]);
      for (let times = 0; times < 2; times++) await directory.close('A', 'left');
      const gone: string[] = [];
      for (let waited = 0; waited < 2 * GRACE; waited += 1_000) {
        gone.push(...(await tellAll()));
        await store.pass(1_000);
      }
      expect(gone.sort()).toEqual(['offline {"user":"alice"}', 'vacated {"channel":"a"}']);
      await come();
      expect(await tellAll()).toEqual(['occupied {"channel":"a"}', 'online {"user":"alice"}']);
    }, 90_000);
  });
};
