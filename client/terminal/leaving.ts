import type { Clock } from '../src/index.ts';
import type { Session } from './commands.ts';

/** Milliseconds without an event after which a pipe that has ended has nothing more to wait for. */
const QUIET = 500;
/** Milliseconds that an event of one's own broadcast is waited for. */
const PATIENCE = 10_000;

/**
 * Waits, once all answers of a pipe that has ended are in, for the events that are still on their way: those of its own
 * broadcasts that it listens to, and whatever else comes without a pause.
 */
export const nothingIsAwaited = async (
  session: Pick<Session, 'hasQuit' | 'heardAt' | 'awaits'>,
  clock: Clock,
): Promise<void> => {
  const ended = clock.now();
  const isAwaited = (): boolean => {
    const now = clock.now();
    return now - Math.max(ended, session.heardAt) < QUIET || (session.awaits && now - ended < PATIENCE);
  };
  while (!session.hasQuit && isAwaited()) await new Promise<void>((resolve) => void clock.after(QUIET / 5, resolve));
};
