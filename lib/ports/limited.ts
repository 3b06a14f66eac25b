import { NEAR_LIMIT } from '../protocol/http/limited.ts';
import type { Kept, Level, RateLimits } from './rate-limiter.ts';

/** Limits that are remembered; beyond so many those go that were noted longest ago. */
export const MOST_LIMITED = 1_000;

/** Milliseconds for which it is remembered that a limit was near, or refused. */
export const LIMITED_KEPT = 3_600_000;

/** Milliseconds without a refusal behind which the next is the first of others. */
export const REFUSALS_APART = 600_000;

/** A limit as those know it who are counted against it. */
export interface LimitName {
  readonly user: string;
  readonly level: Level;
  /** Of a limit of one connection: which. */
  readonly connection?: string;
  /** Of a limit of one type of message: which. */
  readonly type?: string;
}

/** How somebody stands to a limit. Times in milliseconds since 1970, by the store’s clock. */
export interface Limited extends LimitName {
  /** What counts against it now; of a quota, bytes. Undefined where it is everyone’s, of which nobody has a count. */
  readonly used: number | undefined;
  /** What it lets pass in one duration; of a quota, bytes. */
  readonly points: number;
  /** Milliseconds until it lets pass again, where it refuses now. */
  readonly retryAfter?: number;
  /** When it refused first and last, of refusals with less than {@link REFUSALS_APART} between them. */
  readonly refused?: { readonly since: number; readonly last: number };
}

/** Whose limits are near or refuse, for those who watch over the service. */
export interface LimitedUsers {
  /**
   * Those whose limit is near, refuses, or did within the last hour; those noted last first. They are noted once when a
   * limit comes near, and once when it refuses; a quota, and what is everyone’s, every few seconds while it does.
   *
   * @param most - entries; no more than {@link MOST_LIMITED}.
   * @throws DependencyAway
   */
  latest(most: number): Promise<readonly Limited[]>;

  /**
   * How one user stands to the limits that are the user’s, whether or not they are near; and to those of a connection or
   * a type that were noted.
   *
   * @throws DependencyAway
   */
  ofUser(user: string): Promise<readonly Limited[]>;
}

/** What is stored of a limit: points, and milliseconds until they are forgotten; or bytes, and when they were so many. */
export type Count =
  | { readonly points: number; readonly left: number }
  | { readonly bytes: number; readonly at: number };

const pointsOf = (
  { points, backEnd, types, quota }: RateLimits,
  { level, type = '' }: LimitName,
): number | undefined => {
  switch (level) {
    case 'messageType':
      return Object.hasOwn(types, type) ? types[type] : undefined;
    case 'backend':
      return backEnd;
    case 'stored':
    case 'passing':
      return quota?.[level].bytes;
    default:
      return points[level];
  }
};

/** What a bucket still holds of bytes that leak evenly. */
const heldOf = (level: keyof Kept, { quota }: RateLimits, bytes: number, at: number, now: number): number => {
  const { bytes: size, duration } = quota?.[level] ?? { bytes: 0, duration: 1 };
  return Math.max(0, Math.ceil(bytes - (Math.max(now - at, 0) * size) / duration));
};

/**
 * How somebody stands to a limit.
 *
 * @param count - undefined where nothing counts against it.
 * @param now - milliseconds since 1970, by the store’s clock.
 * @returns undefined where there is no such limit now.
 */
export const standing = (
  limits: RateLimits,
  name: LimitName,
  count: Count | undefined,
  refused: Limited['refused'],
  now: number,
): Limited | undefined => {
  const points = pointsOf(limits, name);
  if (points === undefined) return undefined;
  const { level } = name;
  const base = { ...name, points, ...(refused && { refused }) };
  if (level === 'global') return { ...base, used: undefined };
  if (count === undefined) return { ...base, used: 0 };
  if ('points' in count) {
    const refuses = count.points > points && count.left > 0;
    return { ...base, used: count.points, ...(refuses && { retryAfter: count.left }) };
  }
  return { ...base, used: heldOf(level as keyof Kept, limits, count.bytes, count.at, now) };
};

/** Whether a limit is near, refuses, or did within the last hour. @param now - milliseconds since 1970, by the store’s clock. */
export const isLimited = ({ used, points, refused }: Limited, now: number): boolean =>
  (used ?? 0) >= NEAR_LIMIT * points || (refused !== undefined && now - refused.last < LIMITED_KEPT);

/** The limits that are one user's, which are told of whether or not they are near. */
const OF_USER: readonly Level[] = ['user', 'backend', 'stored', 'passing'];

/**
 * Which limits are looked at for a user: those that are the user's, and the others that were noted.
 *
 * @param noted - of everyone, in the order in which they are told.
 */
export const limitsOfUser = (user: string, noted: readonly LimitName[]): readonly LimitName[] => [
  ...OF_USER.map((level): LimitName => ({ user, level })),
  ...noted.filter((name) => name.user === user && !OF_USER.includes(name.level)),
];

/** Whether one of these is told of. @param now - milliseconds since 1970, by the store’s clock. */
export const isToldOfUser = (limited: Limited, now: number): boolean =>
  OF_USER.includes(limited.level) || isLimited(limited, now);

/** Whether counting brought a limit near: once in a duration, whoever counts. @param cost - of what was counted last. */
export const cameNear = (points: number, consumed: number, cost: number): boolean =>
  consumed >= NEAR_LIMIT * points && consumed - cost < NEAR_LIMIT * points;
