import { expect, it } from 'vitest';
import { eventsTexts } from '../../../lib/protocol/codec/encode-events.ts';

it('begins with no message of nothing where what an answer without events says of itself is too large for one', () => {
  const positions = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [`channel:${i}`, { epoch: 'epoch', offset: i }] as const),
  );
  const summary = { positions, time: 1, next: null, lost: [], lostPrivate: [], recovered: true, subscriptions: 1 };
  const texts = [...eventsTexts({ type: 'replay', requestId: '1', events: [], ...summary, final: true }, false, 4_096)];
  const parts = texts.map((text) => JSON.parse(text) as { readonly positions?: object; readonly final: boolean });
  expect(parts.length).toBeGreaterThan(1);
  for (const part of parts) expect(Object.keys(part.positions ?? {})).not.toEqual([]);
  expect(parts.map(({ final }) => final)).toEqual([...parts.slice(1).map(() => false), true]);
});
