import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../src/index.ts';
import { barOf, summaryOf } from './figures.ts';
import type { Screen } from './screen.ts';

/** Milliseconds to wait for what was acknowledged and not heard yet. */
const PATIENCE = 10_000;

/**
 * Broadcasts events to a channel of its own, listens to it, and says how long they took to be acknowledged and to be
 * heard.
 *
 * @param count - events.
 * @param delay - milliseconds between two of them.
 * @returns how many were refused or not heard.
 */
export const stress = async (client: Client, screen: Screen, count: number, delay: number): Promise<number> => {
  const channel = `stress:${crypto.randomUUID()}`;
  const [acked, heard]: [number[], number[]] = [[], []];
  const refused: unknown[] = [];
  const allHeard = Promise.withResolvers<void>();
  const show = () => screen.passing(barOf(heard.length, count));
  const subscription = client.subscribe(channel, ({ data }) => {
    heard.push(performance.now() - (data as { sentAt: number }).sentAt);
    show();
    if (heard.length >= count) allHeard.resolve();
  });
  await subscription.ready;

  const began = performance.now();
  const sending: Promise<void>[] = [];
  for (let n = 0; n < count; n++) {
    if (n > 0 && delay > 0) await pause(delay);
    const sentAt = performance.now();
    const answer = client.broadcast(channel, { n, sentAt }).then(
      () => void acked.push(performance.now() - sentAt),
      (error: unknown) => void refused.push(error),
    );
    sending.push(answer);
    // What waits is bounded; a burst waits for the outbox to make room.
    if (client.counts.unacknowledged >= 500) await answer;
  }
  await Promise.all(sending);
  const late = pause(PATIENCE, undefined, { ref: false });
  if (acked.length > heard.length) await Promise.race([allHeard.promise, late]);
  const seconds = (performance.now() - began) / 1_000;
  subscription.unsubscribe();

  screen.line(
    `${barOf(heard.length, count)} heard in ${seconds.toFixed(1)} s, ${(heard.length / seconds).toFixed(0)}/s`,
  );
  screen.line(`  acknowledged: ${summaryOf(acked)}`);
  screen.line(`  heard:        ${summaryOf(heard)}`);
  if (refused.length > 0) screen.line(`  refused:      ${refused.length}, the first: ${(refused[0] as Error).message}`);
  return count - heard.length;
};
