import { describe, expect, it } from 'vitest';
import type { EventMessage } from '../../../lib/protocol/messages/event.ts';
import { postAnswer, sendAnswer } from '../../../lib/sync/answer.ts';
import type { Reply } from '../../../lib/sync/receive.ts';
import { PLAIN } from '../../frames.ts';
import { WatchedGateway } from './watched-gateway.ts';
import { connection } from './world.ts';

const KB = 1_024;

/** An answer of so many events of 1 KB, and how many of them were written so far. */
const answerOf = (count: number) => {
  const written = { events: 0 };
  const events = Array.from({ length: count }, (_, at) => {
    const head = { type: 'event', id: `e${at}`, channel: 'a', category: 'a', priority: 'normal' } as const;
    return Object.defineProperty({ ...head, timestamp: at, offset: at + 1, epoch: 'e' }, 'data', {
      enumerable: true,
      get: () => {
        written.events++;
        return 'x'.repeat(KB);
      },
    }) as EventMessage;
  });
  const caller = connection('c1', 'alice');
  const reply: Reply = {
    messages: [{ type: 'state', requestId: '1', events, final: true }],
    capabilities: caller.capabilities,
  };
  return { caller, reply, written };
};

describe('an answer of many frames', () => {
  it.each([
    ['posted', postAnswer],
    ['sent', sendAnswer],
  ])('is written while it is %s, and not before', async (_, answer) => {
    const { caller, reply, written } = answerOf(300);
    const gateway = new WatchedGateway();
    const before: number[] = [];
    gateway.outcome = () => {
      before.push(written.events);
      return 'taken';
    };
    await answer({ gateway, encoder: PLAIN }, caller, reply);
    expect(before.length).toBeGreaterThan(8);
    expect(before[0]).toBeLessThan(150);
    // Each further frame was written behind the one before it.
    for (let at = 2; at < before.length; at++) expect(before[at]).toBeGreaterThan(before[at - 1] as number);
    const heard = (gateway.heard.get('c1') ?? []).flatMap(({ events }) => events as { offset: number }[]);
    expect(heard.map(({ offset }) => offset)).toEqual(Array.from({ length: 300 }, (_, at) => at + 1));
  });

  it('is not written to its end for a client that is gone', async () => {
    const { caller, reply, written } = answerOf(300);
    const gateway = new WatchedGateway();
    gateway.outcome = () => 'gone';
    await postAnswer({ gateway, encoder: PLAIN }, caller, reply);
    expect(written.events).toBeLessThan(150);
  });
});

it('an answer of one frame is left to the gateway', async () => {
  const { caller, reply } = answerOf(1);
  const gateway = new WatchedGateway();
  const frame = await sendAnswer({ gateway, encoder: PLAIN }, caller, reply);
  expect(JSON.parse(frame as string)).toMatchObject({ type: 'state', final: true, events: [{ offset: 1 }] });
  expect(gateway.heard.size).toBe(0);
});
