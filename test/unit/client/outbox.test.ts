import { describe, expect, it } from 'vitest';
import {
  ClosedError,
  ConnectionLostError,
  OutboxFullError,
  OutcomeUnknownError,
  RequestError,
} from '../../../client/src/index.ts';
import { type Carrier, Outbox } from '../../../client/src/outbox.ts';
import { serializeBroadcast } from '../../../client/src/serialized-broadcast.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';

const MINUTE = 60_000;

/** A carrier whose answers the test gives. */
class ManualCarrier implements Carrier {
  readonly batch: number;
  readonly mostBytes = 32_768;
  isOpen = true;
  readonly frames: string[][] = [];
  #answers: PromiseWithResolvers<{ readonly id: string }>[] = [];

  constructor(batch = 1) {
    this.batch = batch;
  }

  send(messages: Parameters<Carrier['send']>[0]) {
    this.frames.push(messages.map(({ id }) => String(id)));
    this.#answers = messages.map(() => Promise.withResolvers<{ readonly id: string }>());
    return this.#answers.map(({ promise }) => promise);
  }

  ack(): void {
    const ids = this.frames.at(-1) as string[];
    for (const [i, { resolve }] of this.#answers.entries()) resolve({ id: ids[i] as string });
  }

  fail(error: Error): void {
    for (const { reject } of this.#answers) reject(error);
  }
}

const setUp = (most = 100) => {
  const clock = new ModelClock(new SeededRandom(1));
  const outbox = new Outbox({ clock, backoff: { first: 100, most: 1_000 }, maxOutbox: most });
  const add = (id: string) => outbox.add(serializeBroadcast({ type: 'broadcast', channel: 'a', data: null, id }));
  return { clock, outbox, add };
};

describe('the outbox', () => {
  it('keeps one frame in flight, and what piles up behind it goes into the next', async () => {
    const { clock, outbox, add } = setUp();
    const carrier = new ManualCarrier(3);
    outbox.attach(carrier);
    const sent = ['1', '2', '3', '4', '5'].map(add);
    expect(carrier.frames).toEqual([['1']]);
    carrier.ack();
    await clock.advance(1);
    expect(carrier.frames).toEqual([['1'], ['2', '3', '4']]);
    carrier.ack();
    await clock.advance(1);
    carrier.ack();
    expect(await Promise.all(sent)).toEqual(['1', '2', '3', '4', '5'].map((id) => ({ id })));
  });

  it('waits while there is no connection, and sends again with the same id what was not answered', async () => {
    const { clock, outbox, add } = setUp();
    const sent = [add('1'), add('2')];
    const first = new ManualCarrier();
    outbox.attach(first);
    first.fail(new ConnectionLostError());
    outbox.detach(first);
    await clock.advance(1);
    const second = new ManualCarrier();
    outbox.attach(second);
    expect(second.frames).toEqual([['1']]);
    second.ack();
    await clock.advance(1);
    second.ack();
    await Promise.all(sent);
    expect(second.frames).toEqual([['1'], ['2']]);
  });

  it('sends nothing over a connection that has ended, whether or not it was told of its end since', async () => {
    const { clock, outbox, add } = setUp();
    const ended = new ManualCarrier();
    ended.isOpen = false;
    outbox.detach(ended);
    outbox.attach(ended);
    const sent = add('1');
    await clock.advance(1_000);
    expect(ended.frames).toEqual([]);
    const next = new ManualCarrier();
    outbox.attach(next);
    next.ack();
    expect(await sent).toEqual({ id: '1' });
  });

  it('goes over to the connection that was to be next where the one there is ends first', async () => {
    const { clock, outbox, add } = setUp();
    const [first, next] = [new ManualCarrier(), new ManualCarrier()];
    outbox.attach(first);
    const sent = add('1');
    void outbox.moveTo(next);
    outbox.detach(first);
    first.fail(new ConnectionLostError(1006));
    await clock.advance(1);
    expect(next.frames).toEqual([['1']]);
    next.ack();
    expect(await sent).toEqual({ id: '1' });
  });

  it('stays with the connection there is where the one that was to be next ends first', async () => {
    const { clock, outbox, add } = setUp();
    const [first, next] = [new ManualCarrier(), new ManualCarrier()];
    outbox.attach(first);
    const sent = [add('1'), add('2')];
    void outbox.moveTo(next);
    next.isOpen = false;
    outbox.detach(next);
    first.ack();
    await clock.advance(1);
    expect(first.frames).toEqual([['1'], ['2']]);
    first.ack();
    await Promise.all(sent);
  });

  it('tries again what failed for the time being, before what comes behind it', async () => {
    const { clock, outbox, add } = setUp();
    const carrier = new ManualCarrier();
    outbox.attach(carrier);
    const sent = [add('1'), add('2')];
    carrier.fail(new RequestError('broadcast', 'UNAVAILABLE', 'away', 5_000));
    await clock.advance(4_999);
    expect(carrier.frames).toEqual([['1']]);
    await clock.advance(1);
    expect(carrier.frames).toEqual([['1'], ['1']]);
    carrier.fail(new RequestError('broadcast', 'INVALID_CHANNEL', 'no'));
    await expect(sent[0]).rejects.toMatchObject({ code: 'INVALID_CHANNEL' });
    expect(carrier.frames).toEqual([['1'], ['1'], ['2']]);
  });

  it('says after five minutes that an outcome is unknown, and sends nothing again that is older', async () => {
    const { clock, outbox, add } = setUp();
    const carrier = new ManualCarrier();
    outbox.attach(carrier);
    const sent = add('1');
    sent.catch(() => undefined);
    carrier.fail(new ConnectionLostError());
    outbox.detach(carrier);
    await clock.advance(5 * MINUTE - 1_000);
    const late = new ManualCarrier();
    outbox.attach(late);
    const next = add('2');
    expect(late.frames).toEqual([['2']]);
    await expect(sent).rejects.toBeInstanceOf(OutcomeUnknownError);
    late.ack();
    await next;
    // What was never sent may wait as long as it takes.
    outbox.detach(late);
    const waiting = add('3');
    await clock.advance(60 * MINUTE);
    const last = new ManualCarrier();
    outbox.attach(last);
    last.ack();
    expect(await waiting).toEqual({ id: '3' });
  });

  it.each([
    [5 * MINUTE - 21_000, [['1']], undefined],
    [5 * MINUTE - 19_000, [], 'OutcomeUnknownError'],
    [5 * MINUTE + 1, [], 'OutcomeUnknownError'],
  ])('sends again as long as that arrives while the id is known: after %i ms', async (after, frames, error) => {
    const { clock, outbox, add } = setUp();
    const carrier = new ManualCarrier();
    outbox.attach(carrier);
    const outcome = add('1').then(
      () => undefined,
      ({ name }: Error) => name,
    );
    carrier.fail(new ConnectionLostError());
    outbox.detach(carrier);
    await clock.advance(after);
    const next = new ManualCarrier();
    outbox.attach(next);
    expect(next.frames).toEqual(frames);
    next.ack();
    expect(await outcome).toBe(error);
  });

  it.each([
    [5 * MINUTE - 1, 'under way'],
    [5 * MINUTE, 'OutcomeUnknownError'],
  ])(
    'says that an outcome is unknown once the id may be forgotten, connected or not: after %i ms %s',
    async (after, told) => {
      const { clock, outbox, add } = setUp();
      outbox.attach(new ManualCarrier());
      let outcome = 'under way';
      add('1').catch(({ name }: Error) => {
        outcome = name;
      });
      await clock.advance(after);
      expect(outcome).toBe(told);
    },
  );

  it('goes over to another connection once the old one carries nothing', async () => {
    const { clock, outbox, add } = setUp();
    const [old, next] = [new ManualCarrier(), new ManualCarrier()];
    outbox.attach(old);
    const sent = [add('1'), add('2')];
    const moved = outbox.moveTo(next);
    await clock.advance(1);
    expect(next.frames).toEqual([]);
    old.ack();
    await moved;
    await clock.advance(1);
    expect([old.frames, next.frames]).toEqual([[['1']], [['2']]]);
    next.ack();
    await Promise.all(sent);
  });

  it('is bounded, and says when it is closed which outcomes are unknown', async () => {
    const { outbox, add } = setUp(2);
    outbox.attach(new ManualCarrier());
    const [sent, waiting, refused] = [add('1'), add('2'), add('3')];
    const outcomes = Promise.allSettled([sent, waiting, refused]);
    outbox.close(new ClosedError());
    expect((await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason.constructor)).toEqual([
      OutcomeUnknownError,
      ClosedError,
      OutboxFullError,
    ]);
    await expect(add('4')).rejects.toBeInstanceOf(ClosedError);
  });

  it('holds nothing any more once it is closed, and what was under way has ended', async () => {
    const { clock, outbox, add } = setUp();
    const carrier = new ManualCarrier(1);
    outbox.attach(carrier);
    const sent = Promise.allSettled(['1', '2', '3'].map(add));
    expect(outbox.size).toBe(3);
    outbox.close(new ClosedError());
    carrier.fail(new ConnectionLostError());
    await clock.advance(1);
    await sent;
    expect(outbox.size).toBe(0);
  });

  it('does not repeat what the gateway finds too large', async () => {
    const { outbox, add } = setUp();
    const carrier = new ManualCarrier();
    outbox.attach(carrier);
    const sent = add('1');
    carrier.fail(new ConnectionLostError(1009));
    await expect(sent).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });
});
