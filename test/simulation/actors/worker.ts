import { ConsumerRefused } from '../../../lib/sync/consume/refusal.ts';
import { FOLLOWING, type Followed } from '../judges/followed.ts';
import type { ConsumerAnswer, ConsumerRequest } from '../service/consumers-function.ts';
import type { Stage } from '../stage/environment.ts';
import type { Lambda } from '../stage/lambda.ts';

export type Http = Pick<Lambda<ConsumerRequest, ConsumerAnswer>, 'invoke'>;

/** Milliseconds for which a request waits for events, and of a lease. */
const WAITS = [0, 2_000, 20_000];
const LEASES = [1_000, 5_000, 30_000];

/** Milliseconds after which it asks again where it was refused, at first, and for which it works on something, at the most. */
const AGAIN = 500;
const WORK = 4_000;

/** Tries of an acknowledgement. */
const TRIES = 3;

/** One of several that work off what one consumer follows. It is killed with what it was handed, and begins anew. */
export class Worker {
  readonly #stage: Stage;
  readonly #http: Http;
  readonly #followed: Followed;
  readonly #name: string;
  readonly #mostPatience: number;
  #life = 0;
  #isStopped = false;

  /** @param mostPatience - milliseconds after which it asks again where it was refused, however often it was. */
  constructor(stage: Stage, http: Http, followed: Followed, name: string, mostPatience: number) {
    this.#stage = stage;
    this.#http = http;
    this.#followed = followed;
    this.#name = name;
    this.#mostPatience = mostPatience;
    void this.#run(0);
  }

  kill(): void {
    this.#stage.story.tell(this.#name, 'is killed');
    const life = ++this.#life;
    this.#stage.time.after(AGAIN, () => void this.#run(life));
  }

  /** It asks for nothing more. */
  stop(): void {
    this.#isStopped = true;
  }

  async #run(life: number): Promise<void> {
    const { time, fate } = this.#stage;
    const isAlive = (): boolean => life === this.#life && !this.#isStopped;
    const random = fate.at(this.#name);
    let patience = AGAIN;
    while (isAlive()) {
      const [limit, lease] = [1 + random.below(20), random.pick(LEASES)];
      const [wait, work] = [random.pick(WAITS), random.below(WORK)];
      const began = time.elapsed();
      const request = { kind: 'pull', name: FOLLOWING, limit, wait, lease } as const;
      const answered = await this.#http.invoke(request);
      if (!isAlive()) return;
      const pulled = answered.isDone && 'pulled' in answered.answer ? answered.answer.pulled : undefined;
      const { fence = null } = pulled ?? {};
      if (pulled === undefined || fence === null) {
        await time.sleep(pulled === undefined ? patience : 1);
        patience = pulled === undefined ? Math.max(AGAIN, Math.min(2 * patience, this.#mostPatience)) : AGAIN;
        continue;
      }
      patience = AGAIN;
      this.#stage.story.tell(this.#name, `is handed ${pulled.events.length} under ${fence}`);
      this.#followed.handed(this.#name, pulled, began + lease);
      await time.sleep(fate.isCalm ? 1 : work);
      for (let tries = 0; isAlive() && tries < TRIES && !(await this.#acknowledge(fence)); tries++)
        await time.sleep(AGAIN);
    }
  }

  /** @returns whether it was answered. */
  async #acknowledge(fence: number): Promise<boolean> {
    const answered = await this.#http.invoke({ kind: 'ack', name: FOLLOWING, fence });
    if (!answered.isDone) return false;
    const { answer } = answered;
    const isLost = 'refused' in answer && answer.refused instanceof ConsumerRefused;
    if (!('isDone' in answer) && !isLost) return false;
    this.#stage.story.tell(this.#name, `is told that ${fence} is ${isLost ? 'lost' : 'acknowledged'}`);
    this.#followed.told(this.#name, fence, !isLost);
    return true;
  }
}
