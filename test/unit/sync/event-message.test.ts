import { expect, it } from 'vitest';
import type { StoredEvent } from '../../../lib/ports/history.ts';
import { JsonText } from '../../../lib/protocol/codec/json-text.ts';
import { eventMessage } from '../../../lib/sync/event-message.ts';

const STORED: StoredEvent = {
  ...{ id: '1', category: 'c', priority: 'high', data: '{"x":1}', timestamp: 7, offset: 3, epoch: 'e' },
};
const TOLD = { type: 'event', channel: 'a', ...STORED, data: new JsonText('{"x":1}') };
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

it.each<
  [
    string,
    Partial<StoredEvent>,
    Parameters<typeof eventMessage> extends [unknown, unknown, ...infer R] ? R : never,
    object,
  ]
>([
  ['nothing that it was not given', {}, [false], {}],
  ['who published it', { userId: 'bob' }, [false], { userId: 'bob' }],
  ['its trace', { traceparent }, [false], { traceparent }],
  ['that it is private', {}, [true], { private: true }],
  ['that its data is left out', {}, [false, true], { data: null, omitted: true }],
  ['what it fits', {}, [false, false, ['a*']], { matched: ['a*'] }],
  ['that what it fits is unknown', {}, [false, false, null], { matched: null }],
])('an event says %s', (_, stored, rest, told) => {
  expect(eventMessage('a', { ...STORED, ...stored }, ...rest)).toStrictEqual({ ...TOLD, ...told });
});
