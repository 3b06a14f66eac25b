import type { Bell } from '../../ports/bell.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Consumers } from '../../ports/consumers.ts';
import type { History } from '../../ports/history.ts';
import type { Identity } from '../../ports/identity.ts';
import type { Meter } from '../../ports/meter.ts';
import type { RateLimiter } from '../../ports/rate-limiter.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { maySubscribe } from '../../protocol/grants.ts';
import { patternUncompiled } from '../../protocol/names.ts';
import type { Pattern } from '../../protocol/pattern.ts';
import { payOwed } from '../admit.ts';
import { countingReads } from '../counting-reads.ts';
import type { ReadsInTurn } from '../reads-in-turn.ts';

/** What consumers are served with. */
export interface ConsumeWorld {
  readonly consumers: Consumers;
  readonly history: History;
  readonly bell: Pick<Bell, 'listen'>;
  readonly limiter: RateLimiter;
  /** Shared by all requests that a process answers. */
  readonly reads: ReadsInTurn;
  readonly clock: Clock;
  readonly meter: Pick<Meter, 'count'>;
}

/**
 * Reads the history for a user, who pays for it as for a replay.
 *
 * @param bytesOf - the data in what was read.
 * @throws ProtocolError RATE_LIMIT_EXCEEDED where what the user read before used up a limit.
 * @throws what `read` throws
 */
export const readFor = <T>(
  world: Pick<ConsumeWorld, 'history' | 'limiter' | 'reads'>,
  identity: Identity,
  read: (history: History) => Promise<T>,
  bytesOf: (found: T) => number,
): Promise<T> =>
  world.reads.take(
    identity.user,
    () => countingReads(world.history, (points) => world.limiter.owe(identity.user, points), read, bytesOf),
    () => payOwed(world, identity, undefined),
  );

/**
 * Judges what a consumer follows by the grants of whoever asks.
 *
 * @returns the patterns; no expression of them is compiled.
 * @throws ProtocolError INVALID_PATTERN, FORBIDDEN
 */
export const judged = ({ session }: Identity, patterns: readonly string[]): readonly Pattern[] =>
  patterns.map((text) => {
    const pattern = patternUncompiled(text);
    if (!maySubscribe(session.grants, pattern)) {
      throw new ProtocolError('FORBIDDEN', `No grant lets you follow ${JSON.stringify(text)}`);
    }
    return pattern;
  });
