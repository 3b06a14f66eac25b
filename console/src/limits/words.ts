import { LIMITS_IN_WORDS, type LimitedEntry, NEAR_LIMIT } from '../../../lib/protocol/http/limited.ts';
import { bytes, milliseconds, quantity, timeOfDay } from '../format.ts';

/** How somebody stands to a limit, in a word for the eye and a sentence. */
export interface InWords {
  /** `refuses`, `near`, `refused` before, or `fine`. */
  readonly state: 'refuses' | 'near' | 'refused' | 'fine';
  readonly text: string;
}

/** How somebody stands to a limit now. */
export const stateOf = ({ used, points, retryAfter, refused }: LimitedEntry): InWords => {
  if (retryAfter !== undefined) {
    return { state: 'refuses', text: `refuses; lets pass again in ${milliseconds(retryAfter)}` };
  }
  if ((used ?? 0) >= NEAR_LIMIT * points) return { state: 'near', text: 'near its end' };
  return refused === undefined ? { state: 'fine', text: 'lets pass' } : { state: 'refused', text: 'lets pass again' };
};

/** When it refused: of one time that, of several the first and the last. */
export const refusedAt = ({ refused }: LimitedEntry): string => {
  if (refused === undefined) return 'never within an hour';
  const { since, last } = refused;
  const [first, latest] = [timeOfDay(since), timeOfDay(last)];
  return first === latest ? `at ${first}` : `since ${first}, last at ${latest}`;
};

/** How much of it is used up. */
export const usedOf = ({ level, used, points }: LimitedEntry): string => {
  if (used === null) return `of ${quantity(points)} that all share`;
  const said = level === 'stored' || level === 'passing' ? bytes : quantity;
  return `${said(used)} of ${said(points)} (${Math.floor((100 * used) / points)} %)`;
};

/** Which limit it is: what it counts, of which type. */
export const limitOf = ({ level, type }: LimitedEntry): string => {
  const { counts } = LIMITS_IN_WORDS[level];
  return type === undefined ? counts : counts.replace('this type', `the type ${type}`);
};
