import { expect } from 'vitest';
import type { Pulled } from '../../../lib/sync/consume/pull.ts';

/** Knows what was acknowledged, and that nothing was left out of it. */
export class Ledger {
  readonly #channels: readonly string[];
  /** By channel: the offset up to which all was acknowledged. */
  readonly #upTo = new Map<string, number>();

  /** @param channels - that are followed. */
  constructor(channels: readonly string[]) {
    this.#channels = channels;
  }

  #at(channel: string): number {
    return this.#upTo.get(channel) ?? 0;
  }

  take({ events, gaps }: Pulled): void {
    const pieces = [
      ...gaps.map(({ channel, from, to }) => ({ channel, from: from ?? 1, to: to as number })),
      ...events.map(({ channel, offset }) => ({ channel, from: offset, to: offset })),
    ].sort((a, b) => a.to - b.to);
    for (const { channel, from, to } of pieces) {
      expect(this.#channels).toContain(channel);
      expect(from).toBeLessThanOrEqual(this.#at(channel) + 1);
      this.#upTo.set(channel, Math.max(this.#at(channel), to));
    }
  }

  complete(appended: ReadonlyMap<string, number>): void {
    for (const channel of this.#channels)
      expect([channel, this.#at(channel)]).toEqual([channel, appended.get(channel) ?? 0]);
  }
}
