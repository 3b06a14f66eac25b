import { describe, expect, it } from 'vitest';
import { shownParked } from '../../../lib/rabbitmq/shown-parked.ts';

const message = (body: Buffer, headers: Readonly<Record<string, unknown>> = {}) => ({
  ...{ id: 'a1', reason: 'no JSON', queue: undefined, at: undefined, messageId: undefined, headers, body },
});

describe('[O-15] a message that was put aside, as it is shown', () => {
  it('has its channel and its body as a text', () => {
    expect(shownParked(message(Buffer.from('ä'), { channel: 'task:a' }))).toMatchObject({
      ...{ id: 'a1', reason: 'no JSON', channel: 'task:a', bytes: 2, body: 'ä', cut: false },
      ...{ queue: null, at: null, messageId: null },
    });
  });

  it.each([[{}], [{ channel: 7 }]])('has no channel with the headers %j', (headers) => {
    expect(shownParked(message(Buffer.from('x'), headers)).channel).toBeNull();
  });

  it('has no body where that is no text', () => {
    expect(shownParked(message(Buffer.from([0xff, 0xfe])))).toMatchObject({ body: null, cut: false, bytes: 2 });
  });

  it('has the beginning of a long body', () => {
    const { body, cut, bytes } = shownParked(message(Buffer.alloc(1_000_000, 'x')));
    expect(body?.length).toBeLessThan(10_000);
    expect({ cut, bytes }).toEqual({ cut: true, bytes: 1_000_000 });
  });
});
