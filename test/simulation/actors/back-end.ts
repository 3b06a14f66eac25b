import type { ProtocolError } from '../../../lib/protocol/errors.ts';
import type { Seen } from '../../faults/checker.ts';
import { type Broker, SimulatedPublisher } from '../service/broker.ts';
import type { Publication } from '../service/functions.ts';
import { Environment, type Stage } from '../stage/environment.ts';
import type { Lambda } from '../stage/lambda.ts';

/** What a back-end says of what it publishes. */
export type Form = 'with id and time' | 'with id' | 'bare' | 'over HTTP' | 'unreadable';

export type Http = Pick<Lambda<Publication, 'taken' | ProtocolError>, 'invoke'>;

const UTF8 = new TextEncoder();

/** Milliseconds after which it publishes again what was not confirmed. */
const AGAIN = 400;

/** A program that publishes over AMQP, one message after another, each until it is confirmed. Killed, it begins anew. */
export class BackEnd {
  readonly #stage: Stage;
  readonly #broker: Broker;
  readonly #http: Http;
  readonly #seen: Seen[];
  readonly #name: string;
  /** Ids of what it published without one. */
  readonly bare = new Set<string>();
  /** Ids of what nobody can read, and whether it was taken. */
  readonly unreadable = new Map<string, boolean>();
  readonly #waiting: { readonly channel: string; readonly form: Form }[] = [];
  #life: { readonly environment: Environment; readonly publisher: SimulatedPublisher; readonly name: string };
  #lives = 0;
  #published = 0;
  #isBusy = false;

  constructor(stage: Stage, broker: Broker, http: Http, seen: Seen[], name: string) {
    this.#stage = stage;
    this.#broker = broker;
    this.#http = http;
    this.#seen = seen;
    this.#name = name;
    this.#life = this.#begin();
  }

  /** Whether it has published all that it was to. */
  get isAtRest(): boolean {
    return !this.#isBusy && this.#waiting.length === 0;
  }

  /** Goes on, where it stands still. */
  mend(): void {
    this.#life.environment.thaw();
  }

  publish(channel: string, form: Form): void {
    this.#waiting.push({ channel, form });
    void this.#run();
  }

  #begin() {
    const name = `${this.#name}-${++this.#lives}`;
    const environment = new Environment(this.#stage, name);
    environment.onEnd(() => {
      this.#stage.time.after(100, () => {
        this.#life = this.#begin();
        this.#isBusy = false;
        void this.#run();
      });
    });
    return { environment, publisher: new SimulatedPublisher(this.#stage, this.#broker, environment), name };
  }

  async #run(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await this.#send(next);
    this.#isBusy = false;
  }

  /** @throws where it was not taken, or nobody knows. */
  async #post(id: string, channel: string): Promise<void> {
    const body = JSON.stringify({ events: [{ channel, id, data: { id } }] });
    const answered = await this.#http.invoke({ user: this.#name, body, key: id });
    if (!answered.isDone) throw new Error('there was no answer');
    if (answered.answer !== 'taken') throw answered.answer;
  }

  async #send({ channel, form }: { readonly channel: string; readonly form: Form }): Promise<void> {
    const { time, story } = this.#stage;
    const { environment, publisher, name } = this.#life;
    const sequence = ++this.#published;
    const id = `${this.#name}-${sequence}`;
    story.tell(name, `publishes ${id} to ${channel}, ${form}`);
    // Nothing is known again of what has no id: it is not sent again, and has no place in an order.
    const of = form === 'bare' ? `${name} ${sequence}` : name;
    if (form === 'bare') this.bare.add(id);
    if (form === 'unreadable') this.unreadable.set(id, false);
    else this.#seen.push({ type: 'sent', at: time.now(), id, channel, publisher: of, sequence });
    const body = UTF8.encode(form === 'unreadable' ? `{ ${id}` : JSON.stringify({ id }));
    const properties = {
      headers: { channel },
      ...(form === 'bare' ? {} : { messageId: id }),
      ...(form === 'with id and time' ? { timestamp: Math.floor(time.now() / 1_000) } : {}),
    };
    for (;;) {
      try {
        if (form === 'over HTTP') await this.#post(id, channel);
        else await publisher.publish(this.#broker.topology.exchange, '', body, properties);
        story.tell(name, `is told that ${id} is taken`);
        if (form === 'unreadable') this.unreadable.set(id, true);
        else this.#seen.push({ type: 'acked', at: time.now(), id });
        return;
      } catch (error) {
        story.tell(name, `is told of ${id}: ${error}`);
        if (form === 'bare') return;
      }
      await environment.clock.sleep(AGAIN);
    }
  }
}
