/** Where a member stands. */
export interface Ranked {
  readonly member: string;
  readonly score: number;
}

/** Members in the order of their scores, and of one score in the order of their texts, as in a sorted set of Redis. */
export class SortedSet {
  readonly #scores = new Map<string, number>();
  /** All members in order; undefined since something changed. */
  #ranked: readonly Ranked[] | undefined;

  score(member: string): number | undefined {
    return this.#scores.get(member);
  }

  get size(): number {
    return this.#scores.size;
  }

  set(member: string, score: number): void {
    this.#scores.set(member, score);
    this.#ranked = undefined;
  }

  /** @returns whether it was there. */
  delete(member: string): boolean {
    this.#ranked = undefined;
    return this.#scores.delete(member);
  }

  /** Members from one score on to another, both inclusive. */
  between(from: number, to: number): readonly Ranked[] {
    this.#ranked ??= [...this.#scores]
      .map(([member, score]) => ({ member, score }))
      .sort((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1));
    return this.#ranked.filter(({ score }) => score >= from && score <= to);
  }

  /** Removes members of a score up to this. @returns how many. */
  deleteUpTo(score: number): number {
    const old = this.between(Number.NEGATIVE_INFINITY, score);
    for (const { member } of old) this.delete(member);
    return old.length;
  }
}
