import type { MemoryStore } from '../../../lib/memory/store.ts';
import { FOLLOWER, FOLLOWING, type Followed, WatchedConsumers } from '../judges/followed.ts';
import type { Plan } from '../plans/plan.ts';
import type { Stage } from '../stage/environment.ts';
import type { Actor, Deeds } from './actor.ts';
import { type Http, Worker } from './worker.ts';

/** What the consumer follows, first and later. */
const FIRST = ['x:*', 'a'];
const LATER = ['**', '/y:(login|out)/'];

/** Milliseconds after which it is asked again for what was not answered. */
const AGAIN = 10_000;

/** Those who work off what a named consumer follows, and whoever has it follow something else. */
export class Followers implements Actor {
  readonly #stage: Stage;
  readonly #http: Http;
  readonly #followed: Followed;
  readonly #workers: readonly Worker[];
  #isChanged = false;

  constructor(
    stage: Stage,
    store: MemoryStore,
    http: Http,
    followed: Followed,
    { workers, mostPatience }: Pick<Plan, 'workers' | 'mostPatience'>,
  ) {
    this.#stage = stage;
    this.#http = http;
    this.#followed = followed;
    // It was made long ago.
    const place = JSON.stringify({ since: store.clock.now(), at: [] });
    void new WatchedConsumers(store, followed).put(FOLLOWER, FOLLOWING, FIRST, place);
    followed.asksFor(FIRST);
    followed.follows(FIRST);
    this.#workers = Array.from({ length: workers }, (_, n) => {
      return new Worker(stage, http, followed, `worker-${n + 1}`, mostPatience);
    });
  }

  get count(): number {
    return this.#workers.length;
  }

  readonly deeds: Deeds = {
    'kill a worker': ({ who }) => this.#workers[who % this.#workers.length]?.kill(),
    'move a consumer': () => void this.#http.invoke({ kind: 'move', name: FOLLOWING }),
    'follow something else': () => {
      if (!this.#isChanged) void this.#change();
    },
    'ask of consumers': () => void this.#manage(),
  };

  leave(): void {
    for (const worker of this.#workers) worker.stop();
  }

  /** The consumer follows something else, once that is answered. */
  async #change(): Promise<void> {
    this.#isChanged = true;
    this.#stage.story.tell('operator', `has the consumer follow ${LATER.join(', ')}`);
    this.#followed.asksFor(LATER);
    for (;;) {
      const put = await this.#http.invoke({ kind: 'put', name: FOLLOWING, patterns: LATER });
      if (put.isDone && 'isDone' in put.answer) break;
      await this.#stage.time.sleep(AGAIN);
    }
    this.#followed.follows(LATER);
  }

  /** Another consumer is made and removed. */
  async #manage(): Promise<void> {
    await this.#http.invoke({ kind: 'put', name: 'spare', patterns: ['a'] });
    await this.#http.invoke({ kind: 'list', name: 'spare' });
    await this.#http.invoke({ kind: 'remove', name: 'spare' });
  }
}
