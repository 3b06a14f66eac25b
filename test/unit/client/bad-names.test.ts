import { describe, expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
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
  const service: ScriptedService = new ScriptedService(clock, { refuses: (frame) => judge(frame, isForbidden) });
  const { webSocket } = service;
  const client = connect({ url: 'ws://script', user: 'alice', webSocket, clock });
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
  return { state, ready: ready.length, refused, frames: service.frames };
};

describe('[S-4] of nine hundred names one that is bad', () => {
  it.each([
    ['a channel', 'a::b'],
    ['white space', 'a b'],
    ['a pattern', 'a:b**'],
    ['a regular expression', '/(a/'],
    ['one that quotes another', '/"news:1"(/'],
    ['of marks that JSON escapes', 'a"\\b'],
    ['a long one', `a:${'b'.repeat(300)}`],
    ['a longer one', `${'b'.repeat(20_000)}::`],
    ['the empty one', ''],
  ])('is found in few requests, and the others are heard: %s', async (_, text) => {
    const { state, ready, refused, frames } = await subscribe([text]);
    expect([state, ready, refused]).toEqual(['connected', 900, [text]]);
    expect(frames).toBeLessThan(40);
  });

  it('and one that is not allowed', async () => {
    const { state, ready, refused, frames } = await subscribe(['secret'], (text) => text === 'secret');
    expect([state, ready, refused]).toEqual(['connected', 900, ['secret']]);
    expect(frames).toBeLessThan(10);
  });

  it('and many bad ones cost little more than a request each, also where nobody says which', async () => {
    const bad = Array.from({ length: 100 }, (_, n) => `a:${'b'.repeat(200)}${n}`);
    const { state, ready, refused, frames } = await subscribe(bad);
    expect([state, ready, refused.length]).toEqual(['connected', 900, 100]);
    expect(frames).toBeLessThan(900);
    const named = await subscribe(Array.from({ length: 100 }, (_, n) => `a::${n}`));
    expect([named.ready, named.refused.length]).toEqual([900, 100]);
    expect(named.frames).toBeLessThan(120);
  });
});
