import { expect, it } from 'vitest';
import { parkedFacts } from '../../../lib/rabbitmq/parked-facts.ts';

const poison = { reason: 'no JSON', body: Buffer.from('{'), headers: {}, messageId: undefined, queue: 'events.2' };

it('[A-2] says of a message that was parked why, where it was to be heard, and by which id it is known', () => {
  const known = { ...poison, headers: { channel: 'task:opened', other: 1 }, messageId: 'task-1' };
  expect(parkedFacts(known)).toEqual({ reason: 'no JSON', channel: 'task:opened', id: 'task-1', queue: 'events.2' });
});

it('[A-2] says no more of it than there is, nor than a log can hold', () => {
  expect(parkedFacts({ ...poison, headers: { channel: 7 } })).toEqual({ reason: 'no JSON', queue: 'events.2' });
  const { channel } = parkedFacts({ ...poison, headers: { channel: 'x'.repeat(10_000) } });
  expect(channel).toHaveLength(300);
});
