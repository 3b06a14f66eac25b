import type { Recorded } from '../ports/broadcast.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Directory } from '../ports/directory.ts';
import type { Gateway } from '../ports/gateway.ts';
import type { History } from '../ports/history.ts';
import type { Meter } from '../ports/meter.ts';
import type { Encoder } from '../protocol/codec/encoder.ts';
import type { Announcing } from './announce/note-appended.ts';
import type { Audience, Persistently } from './audience.ts';
import { type Delivered, deliver, type Outbox } from './deliver.ts';
import { BatchFraming } from './framing/batch-framing.ts';
import type { Progress } from './progress.ts';
import { retry } from './retry.ts';
import type { Turns } from './turns.ts';

/** What the fan-out works with. */
export interface FanOutWorld {
  readonly history: History;
  readonly turns: Turns;
  readonly audience: Audience;
  readonly directory: Directory;
  readonly gateway: Gateway;
  readonly parking: Pick<Bus, 'park'>;
  readonly clock: Clock;
  readonly encoder: Encoder;
  readonly meter: Pick<Meter, 'count'>;
  /** Absent where back-ends hear nothing. */
  readonly announcing?: Announcing;
}

async function* outboxesOf(
  { audience, encoder }: FanOutWorld,
  events: readonly Recorded[],
  persistently: Persistently,
  after: string | undefined,
): AsyncGenerator<readonly Outbox[]> {
  if (events.length === 0) return;
  const framing = new BatchFraming(events, encoder);
  for await (const listeners of audience.of(framing.channels, persistently, after)) {
    const outboxes = listeners.map((listener) => framing.outbox(listener));
    // Whoever hears only others’ private events hears nothing.
    yield outboxes.filter(({ frames }) => frames.length > 0);
  }
}

/**
 * Looks who listens to events of the history, and posts while it reads on.
 *
 * @param after - only to connections behind this id; undefined for all.
 * @throws as `deliver` does.
 */
export const post = (
  world: FanOutWorld,
  events: readonly Recorded[],
  deadline: number,
  progress: Progress,
  after?: string,
): Promise<Delivered> => {
  const outboxes = outboxesOf(world, events, (step) => retry(world.clock, deadline, step), after);
  return deliver(world, outboxes, deadline, progress);
};
