/** One line of what happened. */
interface Line {
  /** Milliseconds since the plan began. */
  readonly at: number;
  readonly who: string;
  readonly what: string;
  /** What that came to, where it is a call. */
  readonly outcome?: string;
  /** It went as it should, and is of interest only to who looks closely. */
  readonly isPlain: boolean;
}

/** What happened in a plan, in order, and how often which call had which outcome. */
export class Story {
  readonly #now: () => number;
  readonly #lines: Line[] = [];
  readonly #ports = new Set<string>();
  /** By call, by outcome. */
  readonly outcomes = new Map<string, Map<string, number>>();

  /** @param now - milliseconds since the plan began. */
  constructor(now: () => number) {
    this.#now = now;
  }

  tell(who: string, what: string, isPlain = false): void {
    this.#lines.push({ at: this.#now(), who, what, isPlain });
  }

  /** A call may be made, and come to each of some outcomes. */
  allow(call: string, outcomes: readonly string[]): Map<string, number> {
    const known = this.outcomes.get(call);
    if (known !== undefined) return known;
    const counts = new Map(outcomes.map((outcome) => [outcome, 0]));
    this.outcomes.set(call, counts);
    return counts;
  }

  /** The same of all calls of a port, each time that it is made. */
  allowAll(port: string, outcomes: readonly string[], membersOf: () => readonly string[]): void {
    if (this.#ports.has(port)) return;
    this.#ports.add(port);
    for (const member of membersOf()) this.allow(`${port}.${member}`, outcomes);
  }

  /** A call came to one of the outcomes that it may come to. */
  note(who: string, call: string, outcome: string, outcomes: readonly string[]): void {
    const counts = this.outcomes.get(call) ?? this.allow(call, outcomes);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    this.#lines.push({ at: this.#now(), who, what: call, outcome, isPlain: outcome === 'answered' });
  }

  /** Calls so far. */
  get calls(): number {
    return [...this.outcomes.values()].reduce((sum, counts) => [...counts.values()].reduce((a, b) => a + b, sum), 0);
  }

  /** Names of the calls that were made so far. */
  get made(): readonly string[] {
    return [...this.outcomes].flatMap(([call, counts]) =>
      [...counts.values()].some((each) => each > 0) ? [call] : [],
    );
  }

  /** @param isWhole - also what went as it should. */
  lines(isWhole: boolean): readonly string[] {
    return this.#lines
      .filter(({ isPlain }) => isWhole || !isPlain)
      .map(({ at, who, what, outcome }) => {
        const told = outcome === undefined ? what : `${what}: ${outcome}`;
        return `${(at / 1_000).toFixed(3).padStart(9)} s  ${who.padEnd(14)} ${told}`;
      });
  }
}
