import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConnectionState, type Happening, nextState } from '../../../client/src/connection-state.ts';

const CONNECTING = { phase: 'connecting', wasRefused: false } as const;
const REFUSED = { phase: 'connecting', wasRefused: true } as const;
const OPEN = { phase: 'open' } as const;
const CATCHING_UP = { phase: 'catching up' } as const;
const LIVE = { phase: 'live' } as const;
const WAITING = { phase: 'waiting' } as const;
const SENT_AWAY = { phase: 'waiting', leave: 700 } as const;
const CLOSED = { phase: 'closed' } as const;
const STATES: readonly ConnectionState[] = [CONNECTING, REFUSED, OPEN, CATCHING_UP, LIVE, WAITING, SENT_AWAY, CLOSED];

const ended = (code: number, lived = 60_000, error?: string, leave?: number): Happening => ({
  type: 'ended',
  code,
  lived,
  error,
  leave,
});
const failed = (isRefused: boolean): Happening => ({ type: 'failed', isRefused });
const told = (type: 'opened' | 'introduced' | 'caught up' | 'lost' | 'rested' | 'awoken' | 'closed'): Happening => ({
  type,
});

describe('a connection', () => {
  it.each<[string, ConnectionState, Happening, ConnectionState, string?]>([
    ['is open once its handshake is done', CONNECTING, told('opened'), OPEN],
    ['is open, too, with the token after one that was refused', REFUSED, told('opened'), OPEN],
    ['waits after a failure', CONNECTING, failed(false), WAITING, 'rest'],
    ['shows another token at once where one was refused', CONNECTING, failed(true), REFUSED, 'open'],
    ['ends for good where that is refused as well', REFUSED, failed(true), CLOSED, 'end'],
    ['begins to count anew after another failure', REFUSED, failed(false), WAITING, 'rest'],
    ['catches up once the service is known', OPEN, told('introduced'), CATCHING_UP],
    ['is live once it has caught up', CATCHING_UP, told('caught up'), LIVE],
    ['stays live where it is replaced', LIVE, told('opened'), LIVE],
    ['stays live where what replaces it is introduced', LIVE, told('introduced'), LIVE],
    ['is made anew where it was open', OPEN, told('lost'), CONNECTING],
    ['is made anew where it caught up', CATCHING_UP, told('lost'), CONNECTING],
    ['is made anew where it was live', LIVE, told('lost'), CONNECTING],
    ['goes over to what was to replace it', CONNECTING, told('opened'), OPEN],
    ['is tried after the time to wait', WAITING, told('rested'), CONNECTING, 'open'],
    ['is tried before that where the network may be another', WAITING, told('awoken'), CONNECTING, 'open'],
    ['is tried when the service wants it back', SENT_AWAY, told('rested'), CONNECTING, 'open'],
    ['is not tried before that, whatever the network does', SENT_AWAY, told('awoken'), SENT_AWAY],
    ['is not made twice for a sign of the network', CONNECTING, told('awoken'), CONNECTING],
    ['is not given up for a sign of the network', LIVE, told('awoken'), LIVE],
  ])('%s', (_, state, happening, next, todo) => {
    const [then, toBeDone] = nextState(state, happening);
    expect([then, toBeDone]).toEqual([next, todo]);
  });

  it.each<[string, Happening, ConnectionState, string]>([
    ...[1000, 1001, 1005, 1012, 4012].map(
      (code) => [`in order (${code})`, ended(code), CONNECTING, 'open'] as [string, Happening, ConnectionState, string],
    ),
    ...[1002, 1003, 1007, 1010].map(
      (code) =>
        [`for what it said (${code})`, ended(code), CLOSED, 'end'] as [string, Happening, ConnectionState, string],
    ),
    ['without a word', ended(1006), WAITING, 'rest'],
    ['for a reason of its own', ended(4000), WAITING, 'rest'],
    ['in order, right away', ended(1000, 4_999), WAITING, 'rest'],
    ['in order, after as long as it takes', ended(1000, 5_000), CONNECTING, 'open'],
    ['with its session', ended(1008, 60_000, 'SESSION_EXPIRED'), CONNECTING, 'open'],
    ['with its session, by a code that says more', ended(1002, 60_000, 'SESSION_EXPIRED'), CONNECTING, 'open'],
    ['with its session, right away', ended(1008, 0, 'SESSION_EXPIRED'), WAITING, 'rest'],
    ['with a session that was revoked', ended(1000, 60_000, 'SESSION_REVOKED'), CLOSED, 'end'],
    ['with a revoked session, and was called back', ended(1000, 60_000, 'SESSION_REVOKED', 700), CLOSED, 'end'],
    ['and was called back', ended(1001, 60_000, undefined, 700), SENT_AWAY, 'rest'],
    ['and was called back, without a word', ended(1006, 0, undefined, 700), SENT_AWAY, 'rest'],
    ['and was called back at once', ended(1001, 60_000, undefined, 0), { phase: 'waiting', leave: 0 }, 'rest'],
  ])('that ended %s', (_, happening, next, todo) => {
    expect(nextState(CONNECTING, happening)).toEqual([next, todo]);
    expect(nextState(REFUSED, happening)).toEqual([next, todo]);
  });

  it('is closed for good from everywhere, and then says nothing more', () => {
    for (const state of STATES) {
      expect(nextState(state, told('closed'))).toEqual(state === CLOSED ? [CLOSED] : [CLOSED, 'end']);
    }
    for (const happening of [failed(true), failed(false), ended(1000), told('opened'), told('rested'), told('awoken')])
      expect(nextState(CLOSED, happening)).toEqual([CLOSED]);
  });
});

const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  fc.constantFrom(...(['opened', 'introduced', 'caught up', 'lost', 'rested', 'awoken'] as const)).map(told),
  fc.boolean().map(failed),
  fc
    .tuple(
      fc.constantFrom(1000, 1001, 1002, 1006, 1012, 4000),
      fc.nat(10_000),
      fc.constantFrom(undefined, 'SESSION_EXPIRED', 'SESSION_REVOKED', 'INTERNAL'),
      fc.constantFrom(undefined, 0, 500),
    )
    .map((said) => ended(...said)),
);

it('after any happenings in any order one thing at most is under way, and whatever is given up is tried again or ended', () => {
  fc.assert(
    fc.property(fc.array(anyHappening, { maxLength: 40 }), (happenings) => {
      let state: ConnectionState = CONNECTING;
      for (const happening of happenings) {
        const [next, todo] = nextState(state, happening);
        // What is to be done is said by where it leads, and each way there but the loss of a socket in use says it.
        if (next.phase === 'waiting' && state.phase !== 'waiting') expect(todo).toBe('rest');
        else if (next.phase === 'closed' && state.phase !== 'closed') expect(todo).toBe('end');
        else if (next.phase === 'connecting' && happening.type !== 'lost' && next !== state) expect(todo).toBe('open');
        else if (happening.type !== 'ended') expect(todo).toBeUndefined();
        // Nothing but an attempt or a wait that is over begins another.
        if (todo === 'open') expect(['failed', 'ended', 'rested', 'awoken']).toContain(happening.type);
        if (todo === 'open' && (happening.type === 'rested' || happening.type === 'awoken'))
          expect(state.phase).toBe('waiting');
        // Nobody is live who was not open before.
        if (next.phase === 'live' && next !== state) expect(['open', 'catching up', 'live']).toContain(state.phase);
        state = next;
      }
    }),
  );
});
