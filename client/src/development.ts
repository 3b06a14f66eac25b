import { parseChannel } from '../../lib/protocol/channel.ts';
import type { GrammarError } from '../../lib/protocol/grammar.ts';
import type { ConnectOptions } from './options.ts';

/** What a user is. */
const WHO = { user: 'text', token: 'function', positions: 'object' };
const SIGNAL = { signal: 'object' };

/** What each method takes: the type of each option. `any` is what has more than one, or is looked at elsewhere. */
const OPTIONS = {
  'connect()': {
    ...WHO,
    url: 'text',
    httpUrl: 'text',
    webSocket: 'function',
    capabilities: 'object',
    expressions: 'function',
    connect: 'boolean',
    clock: 'object',
    backoff: 'object',
    requestTimeout: 'any',
    replaceAfter: 'any',
    gapPatience: 'any',
    clockSkew: 'any',
    maxOutbox: 'any',
    maxChannels: 'any',
    beatsPerCheck: 'any',
  } satisfies Record<keyof ConnectOptions, string>,
  'connected()': SIGNAL,
  'setUser()': WHO,
  'subscribe()': { ...SIGNAL, initialState: 'boolean', replay: 'object' },
  'replay of subscribe()': { since: 'number', last: 'number' },
  'replay()': SIGNAL,
  'history()': {
    ...{ ...SIGNAL, last: 'number', before: 'object', private: 'boolean' },
    ...{ categories: 'any', priority: 'any' },
  },
  'compression()': SIGNAL,
  'a wish of compression()': { enable: 'boolean', level: 'number' },
  'on()': { state: 'function', error: 'function', gap: 'function', connection: 'function' },
};

const isOf = (type: string, value: unknown): boolean => {
  if (type === 'text') return typeof value === 'string' && value !== '';
  // A replay that is null has no `since`, and no other option is null either.
  return type === 'any' || (typeof value === type && value !== null);
};

/**
 * Refuses what would be passed over: options that there are not, and those of another type. An option that is undefined counts
 * as not given.
 *
 * @param of - what they are of.
 * @throws TypeError
 */
export const assertOptions = (options: unknown, of: keyof typeof OPTIONS): void => {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${of} takes options, as an object`);
  const types: Readonly<Record<string, string>> = OPTIONS[of];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) throw new TypeError(`No option ${name}: ${of} has ${Object.keys(types).join(', ')}`);
    if (!isOf(type, value)) throw new TypeError(`${name}: expected a ${type}`);
  }
};

const assertAddress = (name: string, scheme: string, address: string): void => {
  try {
    if ([`${scheme}:`, `${scheme}s:`].includes(new URL(address).protocol)) return;
  } catch {
    // Which one it is, and what was expected, the URL does not say.
  }
  throw new TypeError(`${name}: expected an address that begins with ${scheme}:// or ${scheme}s://`);
};

/** Refuses options of `connect()` that no connection can be made of. See {@link assertOptions}. @throws TypeError */
export const assertConnectable = (options: ConnectOptions): void => {
  assertOptions(options, 'connect()');
  assertAddress('url', 'ws', options.url);
  if (options.httpUrl !== undefined) assertAddress('httpUrl', 'http', options.httpUrl);
};

/** What is to be looked at where a handshake failed with a code. */
const HINTS: Readonly<Record<string, string>> = {
  UNREACHABLE: 'nothing answers at httpUrl: look at the network, the address and the service',
  NOT_THIS_SERVICE: 'something else answers at httpUrl, or a service that is too old to say more',
  WRONG_ADDRESS: 'the service answers at httpUrl, and no socket is to be had at url',
  FORBIDDEN: 'the service lets in no pages of this origin: see its CORS_ORIGINS',
  UNAVAILABLE: 'the service takes no connections now',
};

/**
 * Has an error say what to look at where no connection could be made, and the addresses, without what may be secret in them.
 *
 * @param error - the HandshakeError; another one where nobody was asked.
 */
export const explain = (error: Error & { readonly code?: string }, { url, httpUrl }: ConnectOptions): void => {
  const hint = httpUrl === undefined ? 'with httpUrl the service could be asked why' : HINTS[error.code ?? ''];
  const addresses = [url, httpUrl].flatMap((address) => address?.split(/[?#]/)[0] ?? []);
  error.message += `${hint === undefined ? '' : `: ${hint}`} (${addresses.join(', ')})`;
};

/** Says to the console what is told, where nobody listens to errors. The first of a client is enough. */
export const warn = (
  emitter: { on(name: 'error', listener: () => void): unknown },
  told: unknown,
  listeners: number,
  error: unknown,
): void => {
  if (told !== 'error' || listeners > 0) return;
  emitter.on(told, () => undefined);
  console.warn("Nobody listens to client.on('error', …), which told:", error);
};

/** Has an error say what is wrong with a text that is no channel, or no pattern, and where. */
export const explainName = (error: Error, text: string, mayMatch: boolean): void => {
  try {
    // As long as it was, so that each character stands where it stood.
    parseChannel(mayMatch ? text.replace(/[*?]/g, 'x') : text);
  } catch (why) {
    error.message = error.message.replace(/ is malformed$/, `: ${(why as GrammarError).reason}`);
  }
};
