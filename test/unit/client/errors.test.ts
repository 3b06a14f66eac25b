import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { TEMPORARY } from '../../../client/src/errors.ts';
import {
  ClosedError,
  ConnectionLostError,
  connect,
  FrameError,
  HandlerError,
  HandshakeError,
  OutboxFullError,
  OutcomeUnknownError,
  type Rejection,
  RequestError,
  SubscriptionError,
  TokenError,
  type ToldError,
} from '../../../client/src/index.ts';
import type { Event } from '../../../client/src/messages.ts';
import type { Subscription } from '../../../client/src/subscription.ts';
import { toldOf } from '../../../client/src/told-error.ts';
import { ERRORS, type ErrorCode } from '../../../lib/protocol/errors.ts';

const request = (code: string, retryAfter?: number) => new RequestError('replay', code, 'no', retryAfter);

it('what the application threw is the cause of what it is told', () => {
  const cause = new Error('no network');
  expect(new TokenError('failed', cause).cause).toBe(cause);
});

it('the library knows which errors are for the time being, and takes the word of a newer service for others', () => {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  expect([...TEMPORARY].sort()).toEqual(codes.filter((code) => ERRORS[code].temporary).sort());
  for (const code of codes) expect(request(code).temporary).toBe(ERRORS[code].temporary);
  expect(request('NEW', 100).temporary).toBe(true);
  for (const code of ['NEW', 'constructor']) expect(request(code).temporary).toBe(false);
});

const subscription = { text: 'a' } as Subscription;
const event = {} as Event;

/** Each error as it may be, by what the guide calls it. */
const EACH: readonly (readonly [string, ToldError | Rejection])[] = [
  ['`SubscriptionError`', new SubscriptionError(subscription, request('FORBIDDEN'))],
  ['`HandlerError`', new HandlerError(subscription, event, new Error('mine'))],
  ['`RequestError`, temporary', request('UNAVAILABLE')],
  ['`RequestError`', request('INVALID_MESSAGE')],
  ['`ConnectionLostError`', new ConnectionLostError(1006)],
  ['`ConnectionLostError`, final', new ConnectionLostError(1002, '', true)],
  ['`HandshakeError`', new HandshakeError('UNREACHABLE')],
  ['`HandshakeError`, of what is yours', new HandshakeError('WRONG_ADDRESS')],
  ['`HandshakeError`, final', new HandshakeError('UNAUTHENTICATED', 'expired', true)],
  ['`TokenError`', new TokenError('failed')],
  ['`FrameError`', new FrameError('no type')],
  ['`OutcomeUnknownError`', new OutcomeUnknownError('id')],
  ['`OutboxFullError`', new OutboxFullError(1_000)],
  ['`ClosedError`', new ClosedError()],
];

describe('what an error says', () => {
  it.each(EACH)('is what the guide says of it: %s', (called, error) => {
    const guide = readFileSync(new URL('../../../docs/guides/use-the-library.md', import.meta.url), 'utf8');
    const rows = guide.split('\n').map((row) => row.split('|').map((cell) => cell.trim()));
    const [, , about, isFinal, advice] = rows.find(([, first]) => first === called) ?? [];
    const abouts = error.name === 'RequestError' ? 'what was asked' : `\`${error.about}\``;
    expect([about, isFinal, advice]).toEqual([abouts, error.isFinal ? 'yes' : 'no', `\`${error.advice}\``]);
    expect(called).toContain(error.name);
    expect(String(error)).toMatch(new RegExp(`^${error.name}: .`));
  });

  it.each<[Error, string, object]>([
    [
      new RequestError('broadcast', 'FORBIDDEN', 'not you', 70, 'data.a'),
      'not you',
      { code: 'FORBIDDEN', retryAfter: 70, path: 'data.a', temporary: true, isFinal: false, advice: 'repeat' },
    ],
    [new ConnectionLostError(), 'No connection ()', { closeCode: undefined, isFinal: false }],
    [new ConnectionLostError(1006, 'gone', true), 'No connection (1006, gone)', { closeCode: 1006, advice: 'connect' }],
    [new HandshakeError('FORBIDDEN'), 'The handshake failed: FORBIDDEN', { code: 'FORBIDDEN', token: undefined }],
    [
      new HandshakeError('UNAUTHENTICATED', 'expired', true),
      'The handshake failed: UNAUTHENTICATED (expired token)',
      { code: 'UNAUTHENTICATED', token: 'expired', isFinal: true, advice: 'change' },
    ],
    [new HandshakeError('UNREACHABLE'), 'The handshake failed: UNREACHABLE', { advice: 'wait', isFinal: false }],
    [new HandshakeError('UNAVAILABLE'), 'The handshake failed: UNAVAILABLE', { advice: 'wait' }],
    [new OutboxFullError(7), '7 broadcasts are waiting', {}],
    [new OutcomeUnknownError('a"b'), 'Whether "a\\"b" was published is unknown', { id: 'a"b' }],
    [new TokenError('failed'), 'token() failed', { cause: undefined }],
    [new FrameError('no type'), 'Unreadable frame: no type', { isCompressed: false }],
    [new FrameError('no type', true), 'Unreadable frame: no type', { isCompressed: true }],
    [new ClosedError(), 'The client is closed', { isFinal: true, advice: 'connect' }],
  ])('is this: %s', (error, message, fields) => {
    expect(error).toMatchObject({ message, ...fields });
  });

  it('is typed, by its name and by what it is about', () => {
    const client = connect({ url: 'ws://localhost:3001', webSocket: class {} as never });
    client.on('error', (error) => {
      expectTypeOf(error).toEqualTypeOf<ToldError>();
      if (error.name === 'HandlerError') expectTypeOf(error).toEqualTypeOf<HandlerError>();
      if (error.about === 'subscription') expectTypeOf(error).toEqualTypeOf<SubscriptionError | RequestError>();
      if (error.name === 'HandshakeError') expectTypeOf(error.token).not.toEqualTypeOf<string | undefined>();
      // @ts-expect-error: only of some
      void error.subscription;
      // @ts-expect-error: no such name
      void (error.name === 'TypeError');
      switch (error.name) {
        case 'RequestError':
        case 'SubscriptionError':
        case 'HandlerError':
        case 'ConnectionLostError':
        case 'HandshakeError':
        case 'TokenError':
        case 'FrameError':
        case 'OutcomeUnknownError':
        case 'OutboxFullError':
        case 'UserChangedError':
        case 'ClosedError':
          return;
        default:
          expectTypeOf(error).toEqualTypeOf<never>();
      }
    });
    void client.close();
  });

  it('is said of whatever else is thrown, too', () => {
    for (const [, error] of EACH) expect(toldOf(error)).toBe(error);
    for (const thrown of [new TypeError('x'), 'x', undefined, null, {}]) {
      expect(toldOf(thrown)).toBeInstanceOf(FrameError);
    }
  });
});
