import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expressions } from '../../../client/src/expressions.ts';
import { connect, RequestError, SubscriptionError } from '../../../client/src/index.ts';
import type { ProtocolError } from '../../../lib/protocol/errors.ts';
import { channelOf, patternOf } from '../../../lib/protocol/names.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService, type Sent } from './scripted-service.ts';

/** What is said of names together, of which one may be bad: as the service has it. */
const judge = ({ requestId, type, channels = [], patterns = [] }: Sent, isForbidden: (text: string) => boolean) => {
  if (type !== 'subscribe') return undefined;
  const refused = (code: string, message: string) => ({ type: 'error', requestId, error: { code, message } });
  try {
    for (const text of channels as string[]) channelOf(text);
    for (const text of patterns as string[]) patternOf(text);
  } catch (error) {
    return refused((error as ProtocolError).code, (error as ProtocolError).message);
  }
  const forbidden = [...(channels as string[]), ...(patterns as string[])].find(isForbidden);
  return forbidden === undefined ? undefined : refused('FORBIDDEN', `No grant: ${JSON.stringify(forbidden)}`);
};

/** Subscribes to many good names, with these among them. */
const subscribe = async (bad: readonly string[], isForbidden: (text: string) => boolean = () => false) => {
  const clock = new ModelClock(new SeededRandom(1));
  let asked = 0;
  const service: ScriptedService = new ScriptedService(clock, {
    refuses: (frame) => {
      if (frame.type === 'subscribe') asked++;
      return judge(frame, isForbidden);
    },
  });
  const { webSocket } = service;
  const client = connect({ url: 'ws://script', user: 'alice', webSocket, clock, expressions });
  const texts = Array.from({ length: 900 }, (_, n) => `news:${n}`);
  for (const [n, text] of bad.entries()) texts.splice(450 + 3 * n, 0, text);
  const ready: string[] = [];
  const refused: string[] = [];
  for (const text of texts) {
    const subscription = client.subscribe(text, () => undefined);
    subscription.ready.then(
      () => ready.push(text),
      () => refused.push(text),
    );
  }
  await clock.advance(60_000);
  const { state } = client;
  await client.close();
  const named = service.sent
    .flat()
    .flatMap(({ channels = [], patterns = [] }) => [...(channels as string[]), ...(patterns as string[])]);
  return { state, ready: ready.length, refused, asked, isSent: bad.some((text) => named.includes(text)) };
};

describe('[S-4] of nine hundred names one that is bad', () => {
  it.each([
    ['a channel', 'a::b'],
    ['white space', 'a b'],
    ['a pattern', 'a:b**'],
    ['a regular expression', '/(a/'],
    ['an expression without an end', '/a'],
    ['one that quotes another', '/"news:1"(/'],
    ['of marks that JSON escapes', 'a"\\b'],
    ['a long one', `a:${'b'.repeat(300)}`],
    ['a longer one', `${'b'.repeat(20_000)}::`],
    ['the empty one', ''],
  ])('is not sent, and the others are heard by one request: %s', async (_, text) => {
    const { state, ready, refused, asked, isSent } = await subscribe([text]);
    expect([state, ready, refused, isSent, asked]).toEqual(['connected', 900, [text], false, 1]);
  });

  it.each([
    ['a large one', '/(?:a{1,30}){1,30}/'],
    ['one that quotes another', '/"news:1"(?:a{1,30}){1,30}/'],
    ['a long one', `/(?:a{1,30}){1,30}${'b'.repeat(150)}/`],
  ])('is taken out where the service alone can tell, and the others are sent in one go: %s', async (_, text) => {
    const { state, ready, refused, asked } = await subscribe([text]);
    expect([state, ready, refused, asked]).toEqual(['connected', 900, [text], 2]);
  });

  it('and one that is not allowed', async () => {
    const { state, ready, refused, asked } = await subscribe(['secret'], (text) => text === 'secret');
    expect([state, ready, refused, asked]).toEqual(['connected', 900, ['secret'], 2]);
  });

  it('and many bad ones cost little more than a request each, also where nobody says which', async () => {
    const bad = Array.from({ length: 100 }, (_, n) => `/(?:a{1,30}){1,30}${'b'.repeat(100)}${n}/`);
    const { state, ready, refused, asked } = await subscribe(bad);
    expect([state, ready, refused.length]).toEqual(['connected', 900, 100]);
    expect(asked).toBeLessThan(900);
    const named = await subscribe(
      Array.from({ length: 100 }, (_, n) => `secret:${n}`),
      (text) => /secret/.test(text),
    );
    expect([named.ready, named.refused.length]).toEqual([900, 100]);
    expect(named.asked).toBeLessThan(120);
  });
});

/** Texts of what names are made of, and of anything else. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom('a', 'é', '😀', ':', '.', '*', '?', '/', ' ', '"', '\\', '\u200d'),
    maxLength: 12,
  }),
  fc.nat(250).map((length) => 'b'.repeat(length)),
  fc.nat(250).map((length) => '😀'.repeat(length)),
  fc.nat(250).map((length) => `/${'b'.repeat(length)}/`),
  fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype)),
);

/** The code by which the service refuses something; undefined where it does not. */
const codeOf = (read: () => unknown): string | undefined => {
  try {
    read();
    return undefined;
  } catch (error) {
    return (error as ProtocolError).code;
  }
};

describe('[N-1] [N-2] [M-6] any text', () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, { refuses: (frame) => judge(frame, () => false) });
  const client = connect({ url: 'ws://script', webSocket: service.webSocket, clock, expressions });

  it('is refused as a channel to publish to where the service would refuse it, and by its code', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const acked = client.broadcast(text, 1).then(
          () => undefined,
          (error: unknown) => (error instanceof RequestError ? error.code : error),
        );
        await clock.advance(1_000);
        expect(await acked).toBe(codeOf(() => channelOf(text)));
      }),
      { numRuns: 500 },
    );
  });

  it('is refused as a channel or a pattern to hear where the service would refuse it, and by its code', async () => {
    const told: unknown[] = [];
    client.on('error', (error) => told.push(error));
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        told.length = 0;
        const subscription = client.subscribe(text, () => undefined);
        const ready = subscription.ready.then(
          () => undefined,
          (error: unknown) => (error instanceof RequestError ? error.code : error),
        );
        await clock.advance(1_000);
        const isPattern = text.startsWith('/') || /[*?]/.test(text);
        const code = codeOf(() => (isPattern ? patternOf(text) : channelOf(text)));
        expect(await ready).toBe(code);
        expect(told.map((error) => error instanceof SubscriptionError && error.code)).toEqual(code ? [code] : []);
        subscription.unsubscribe();
      }),
      { numRuns: 500 },
    );
  });
});
