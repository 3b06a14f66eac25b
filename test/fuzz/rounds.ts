import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Inputs of a round. */
const ROUND = 100_000;

/** @returns how many inputs each round has; the last one has what is left over, too. */
export const roundsOf = (count: number): readonly number[] => {
  const rounds = Math.max(1, Math.floor(count / ROUND));
  return Array.from({ length: rounds }, (_, at) => (at < rounds - 1 ? ROUND : count - at * ROUND));
};

/** How far a run came, in a file: one that was ended goes on there, if the sources are still the same. */
export class Progress {
  readonly #file: string;
  readonly #revision: string;

  /** @param revision - of the sources. */
  constructor(file: string, revision: string) {
    this.#file = file;
    this.#revision = revision;
  }

  /** Rounds that were played to their end. */
  get rounds(): number {
    try {
      const { revision, rounds } = JSON.parse(readFileSync(this.#file, 'utf8')) as { revision: string; rounds: number };
      return revision === this.#revision ? rounds : 0;
    } catch {
      // There is none, or half of one.
      return 0;
    }
  }

  note(rounds: number): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify({ revision: this.#revision, rounds }));
  }

  forget(): void {
    rmSync(this.#file, { force: true });
  }
}
