import type { Broadcast } from '../ports/broadcast.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import { Overloaded, TooLarge } from '../ports/dependency.ts';

/** Milliseconds after which no more is sent, so that there is an answer in time: to repeat the rest gets on with it. */
const PATIENCE = 5_000;

/** What became of a broadcast. */
export type Outcome =
  | { readonly isTaken: true }
  /** It was not taken, or nobody knows; as the error says. */
  | { readonly isTaken: false; readonly error: unknown };

const TAKEN: Outcome = { isTaken: true };

/** What broadcasts are published with. */
export interface PublishWorld {
  readonly bus: Pick<Bus, 'publish' | 'hasAmpleRoom'>;
  readonly clock: Clock;
}

const outcomeOf = async ({ bus, clock }: PublishWorld, broadcast: Broadcast): Promise<Outcome> => {
  try {
    await bus.publish({ ...broadcast, published: clock.now() });
    return TAKEN;
  } catch (error) {
    return { isTaken: false, error };
  }
};

/** Sends each once the one before it is taken; after one that is to be repeated, none. */
const inTurn = async (world: PublishWorld, run: readonly Broadcast[]): Promise<readonly Outcome[]> => {
  const { clock } = world;
  const until = clock.elapsed() + PATIENCE;
  const outcomes: Outcome[] = [];
  let end: Outcome | undefined;
  for (const broadcast of run) {
    if (end === undefined && clock.elapsed() > until) {
      end = { isTaken: false, error: new Overloaded(new Error('the confirms take too long')) };
    }
    const outcome = end ?? (await outcomeOf(world, broadcast));
    // One that never will be taken is one that was not published: it holds up nothing.
    if (!outcome.isTaken && !(outcome.error instanceof TooLarge)) end = outcome;
    outcomes.push(outcome);
  }
  return outcomes;
};

/**
 * Publishes broadcasts that came together. Those of one channel are taken in their order: after one that may be repeated,
 * since it was not taken or nobody knows, nothing of its channel is sent. What becomes of one channel is nothing to the others.
 *
 * @returns what became of each, in the given order.
 */
export const publishInOrder = async (
  world: PublishWorld,
  broadcasts: readonly Broadcast[],
): Promise<readonly Outcome[]> => {
  const placed = broadcasts.map((broadcast, place) => ({ broadcast, place }));
  const runs = Map.groupBy(placed, ({ broadcast }) => broadcast.channel.text);
  const isEachAlone = runs.size === broadcasts.length;
  // All at once, where that keeps the order too: it takes one round trip and not one for each.
  if (isEachAlone || (await world.bus.hasAmpleRoom())) {
    return Promise.all(broadcasts.map((broadcast) => outcomeOf(world, broadcast)));
  }
  const outcomes = new Array<Outcome>(broadcasts.length);
  await Promise.all(
    [...runs.values()].map(async (run) => {
      const own = await inTurn(
        world,
        run.map(({ broadcast }) => broadcast),
      );
      for (const [n, { place }] of run.entries()) outcomes[place] = own[n] as Outcome;
    }),
  );
  return outcomes;
};
