import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { settingsOf } from '../../../client/src/options.ts';
import { openSocket } from '../../../client/src/web-socket.ts';

const addressOf = (url: string, user?: string, capabilities = 'batch,chunk'): string => {
  let made = '';
  class Socket {
    onopen = null;
    onmessage = null;
    onclose = null;
    onerror = null;
    constructor(address: string) {
      made = address;
    }
    send(): void {}
    close(): void {}
  }
  openSocket(Socket, { url, user, token: undefined, capabilities });
  return made;
};

const OWN = 'capabilities=batch%2Cchunk';

it.each([
  ['wss://h.example/a/b/?sig=a%20b~c%2F', `wss://h.example/a/b/?sig=a%20b~c%2F&${OWN}`],
  ['wss://h.example:8443/prod?x', `wss://h.example:8443/prod?x&${OWN}`],
  ['ws://h/p?a=1&a=2#frag?b=3', `ws://h/p?a=1&a=2&${OWN}`],
  ['ws://u:p@h', `ws://u:p@h?${OWN}`],
  ['ws://h/?a&&b=&', `ws://h/?a&&b=&${OWN}`],
  ['ws://h/?', `ws://h/?${OWN}`],
  ['ws://h/&', `ws://h/&?${OWN}`],
  ['ws://h/??', `ws://h/??&${OWN}`],
  ['ws://h/??capabilities=x', `ws://h/??capabilities=x&${OWN}`],
  ['ws://h/?q=%ff+', `ws://h/?q=%ff+&${OWN}`],
])('%s is used as it stands', (url, address) => {
  expect(addressOf(url)).toBe(address);
});

it('a token travels as a subprotocol beside that of the service, and never in the address', () => {
  const opened: unknown[][] = [];
  class Socket {
    constructor(...args: unknown[]) {
      opened.push(args);
    }
  }
  openSocket(Socket as never, { url: 'ws://h', user: undefined, token: 'a.b.c', capabilities: '' });
  expect(opened).toEqual([['ws://h', ['realtime-sync.v1', 'bearer.a.b.c']]]);
});

afterEach(() => void vi.unstubAllGlobals());

it('has these settings where nothing else is said, and what is said where it is', () => {
  const settings = {
    ...{ requestTimeout: 30_000, backoff: { first: 1_000, most: 30_000 }, replaceAfter: 6_600_000, gapPatience: 100 },
    ...{ clockSkew: 2_000, maxOutbox: 1_000, maxChannels: 5_000, beatsPerCheck: 10, frameBytes: 32_768 },
  };
  expect(settingsOf({ url: 'ws://h' })).toMatchObject(settings);
  const given = {
    requestTimeout: 0,
    backoff: { first: 5 },
    maxOutbox: Number.POSITIVE_INFINITY,
    gapPatience: undefined,
  };
  expect(settingsOf({ url: 'ws://h', ...(given as object) })).toMatchObject({
    ...{ ...settings, requestTimeout: 0, maxOutbox: Number.POSITIVE_INFINITY },
    backoff: { first: 5, most: 30_000 },
  });
});

it.each([
  [{ requestTimeout: -1 }, 'requestTimeout: expected a number from 0 on'],
  [{ backoff: { most: Number.NaN } }, 'most: expected a number from 0 on'],
  [{ maxOutbox: '1' }, 'maxOutbox: expected a number from 0 on'],
])('refuses %j', (given, why) => {
  expect(() => settingsOf({ url: 'ws://h', ...(given as object) })).toThrow(new TypeError(why));
});

it('says that it takes what is compressed only where the runtime can undo that', () => {
  const url = 'ws://h';
  expect(settingsOf({ url }).capabilities).toEqual(['batch', 'chunk', 'compression']);
  vi.stubGlobal('atob', undefined);
  expect(settingsOf({ url }).capabilities).toEqual(['batch', 'chunk']);
  expect(settingsOf({ url, capabilities: ['compression', 'batch'] }).capabilities).toEqual(['batch']);
});

it.each(['localhost:3001', '//localhost:3001', 'localhost', 'wss:', ''])('%j is refused at once', (address) => {
  expect(() => connect({ url: address })).toThrow(TypeError);
  expect(() => connect({ url: 'ws://localhost:3001', httpUrl: address })).toThrow(TypeError);
});

it('what the options say stands for what the address says of the same', () => {
  expect(addressOf('ws://h/?user=eve&a=1&users=2&capabilities=x', 'a~b c')).toBe(
    `ws://h/?a=1&users=2&user=a~b%20c&${OWN}`,
  );
  expect(addressOf('ws://h/?user=eve', undefined, '')).toBe('ws://h/?user=eve');
});

it('any query is kept, and any user arrives', () => {
  fc.assert(
    fc.property(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.string({ unit: 'grapheme' }),
      (url, user) => {
        const address = addressOf(url, user === '' ? undefined : user);
        const [kept = ''] = url.split('#');
        const own = new URL(address).searchParams;
        expect(own.get('user') ?? '').toBe(user);
        expect(address.startsWith(kept)).toBe(true);
        expect(address).not.toContain('#');
      },
    ),
  );
});
