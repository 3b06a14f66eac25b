/** Milliseconds of posts that a shard which was quiet may send at once before it gathers any. */
const SAVED = 10_000;

/** What a shard may still post, and since when that is known. */
interface Account {
  posts: number;
  since: number;
}

/**
 * How long the events of a shard gather, so that it posts no more than it is allowed to: a token bucket that is paid
 * afterwards. A batch is posted at once, whatever it takes. Then the next one gathers for as long as its posts are earned
 * again, and carries as many more events in each frame. A shard that posts little never waits.
 *
 * With N posts to a batch and P posts a second it settles at N / P seconds, which is the shortest fixed window that posts
 * no more.
 */
export class EarnedWindow {
  readonly #postsPerSecond: number;
  readonly #most: number;
  readonly #accounts = new Map<string, Account>();

  /**
   * @param postsPerSecond - of one shard.
   * @param most - milliseconds that events gather at the most, whatever that costs.
   */
  constructor(postsPerSecond: number, most: number) {
    this.#postsPerSecond = postsPerSecond;
    this.#most = most;
  }

  /**
   * Takes in what a batch posted.
   *
   * @param began - when it began, milliseconds of a clock that only goes forward.
   * @param now - when all was posted.
   * @returns milliseconds from its beginning to that of the next.
   */
  after(shard: string, posts: number, began: number, now: number): number {
    const saved = (this.#postsPerSecond * SAVED) / 1_000;
    const account = this.#accounts.get(shard) ?? { posts: saved, since: began };
    const earned = (this.#postsPerSecond * (now - account.since)) / 1_000;
    // What is owed for longer than events may gather is forgiven: they wait no longer, and those behind them owe nothing.
    const least = -(this.#postsPerSecond * this.#most) / 1_000;
    const left = Math.max(least, Math.min(saved, account.posts + earned) - posts);
    this.#accounts.set(shard, { posts: left, since: now });
    if (left >= 0) return 0;
    return Math.min(this.#most, now - began - (1_000 * left) / this.#postsPerSecond);
  }
}
