import { expect, it } from 'vitest';
import { ConnectionLostError, RequestError } from '../../../client/src/index.ts';
import { type Carrier, Outbox } from '../../../client/src/outbox.ts';
import { serializeBroadcast } from '../../../client/src/serialized-broadcast.ts';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import { DependencyAway, Overloaded } from '../../../lib/ports/dependency.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { answered } from '../../frames.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { WatchedBus } from '../sync/watched-bus.ts';
import { connection } from '../sync/world.ts';
import { receivingWorld } from '../sync/worlds.ts';
import { ModelClock } from './model/model-clock.ts';

const SEEDS = 150;
const EVENTS = 60;
const CHANNELS = ['a', 'b:c', 'd'];

/** A bus that is full every now and then, or loses its connection before or after it took what it was given. */
class FickleBus extends WatchedBus {
  readonly #random: SeededRandom;
  readonly #clock: ModelClock;

  constructor(random: SeededRandom, clock: ModelClock) {
    super();
    this.#random = random;
    this.#clock = clock;
  }

  override async publish(broadcast: Broadcast): Promise<void> {
    if (this.#random.once(3)) await this.#clock.sleep(this.#random.below(200));
    if (this.#random.once(12)) throw new Overloaded(new Error('full'));
    if (this.#random.once(30)) throw new DependencyAway('rabbitmq', new Error('before'));
    await super.publish(broadcast);
    if (this.#random.once(30)) throw new DependencyAway('rabbitmq', new Error('after'));
  }
}

type Answer = { type: string; id: string; error: { code: string; message: string; retryAfter?: number } };

it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
  '[E-4] a publisher’s order holds within a channel, whatever is refused, repeated or not answered (%i)',
  async (seed) => {
    const random = new SeededRandom(seed);
    const clock = new ModelClock(random);
    const bus = new FickleBus(random, clock);
    const world = { ...receivingWorld({ onFailure: () => undefined }), bus };
    const able = { ...connection('A', 'alice'), capabilities: parseCapabilities('batch') };
    const outbox = new Outbox({ clock, backoff: { first: 10, most: 100 }, maxOutbox: EVENTS });

    /** A connection that ends when it likes; what it had sent is worked on all the same. */
    const carry = (): Carrier => {
      const carrier: Carrier = {
        batch: 1 + random.below(20),
        mostBytes: 32_768,
        isOpen: true,
        send: (messages) => {
          const texts = messages.map(({ text }) => text);
          const frame = texts.length === 1 ? texts[0] : `{"type":"batch","messages":[${texts}]}`;
          const answers = answered(world, able, frame).then(([text = '']) => {
            const answer = JSON.parse(text) as { messages?: Answer[] } & Answer;
            return answer.messages ?? [answer];
          });
          const lost = random.once(5) ? clock.sleep(random.below(300)) : new Promise<void>(() => undefined);
          const ended = lost.then(() => {
            throw new ConnectionLostError();
          });
          ended.catch(() => {
            outbox.detach(carrier);
            outbox.attach(carry());
          });
          return messages.map(async (_, i) => {
            const answer = (await Promise.race([answers, ended]))[i] as Answer;
            if (answer.type === 'ack') return { id: answer.id };
            throw new RequestError('broadcast', answer.error.code, answer.error.message, answer.error.retryAfter);
          });
        },
      };
      return carrier;
    };
    outbox.attach(carry());
    const made = Array.from({ length: EVENTS }, (_, n) => ({ id: `${n}`, channel: random.pick(CHANNELS) }));
    const sent = Promise.all(
      made.map((each) => outbox.add(serializeBroadcast({ type: 'broadcast', data: null, ...each }))),
    );
    let isDone = false;
    void sent.finally(() => {
      isDone = true;
    });
    while (!isDone) await clock.advance(100);
    await sent;

    for (const channel of CHANNELS) {
      const own = bus.published.filter((broadcast) => broadcast.channel.text === channel).map(({ id }) => id);
      // What comes again is appended once, where it came first.
      expect([...new Set(own)]).toEqual(made.filter((each) => each.channel === channel).map(({ id }) => id));
    }
  },
);
