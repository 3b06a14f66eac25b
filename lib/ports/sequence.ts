/** Which write of its publisher on a channel a broadcast is. */
export interface Sequence {
  /** A name that the publisher, one of its user, gave itself. */
  readonly publisher: string;
  /** From 1, in the order in which the publisher’s writes on the channel were first sent. */
  readonly number: number;
}

/** A publisher, as a history knows it. */
export interface PublisherName {
  readonly user: string;
  readonly publisher: string;
}

/** Numbers below the highest that are told apart: a publisher has no more of a channel unacknowledged. */
export const WINDOW = 100;

/** Publishers that a history remembers. */
export const MOST_PUBLISHERS = 1_000;

/** How many of these may be one user’s. */
export const MOST_OF_USER = 32;

/** What a history knows of the numbers of a publisher. */
export interface Numbers {
  /** Of this number and those behind it everything is known; of those before it nothing, but for what the window says. */
  readonly from: number;
  /** The highest that was appended. */
  readonly highest: number;
  /** Of the highest and of those below it, in turn: `1` where it was appended, `0` where it was not, nor those beyond the end. */
  readonly window: string;
  /** When each of these was published that was appended first: seconds since 1970, rounded up; 0 where nobody knows. */
  readonly times: readonly number[];
  /** When the publisher’s latest write was published: milliseconds since 1970. */
  readonly used: number;
}

/** What is remembered of a publisher. */
export interface Remembered {
  /** Undefined where nothing is. */
  readonly numbers: Numbers | undefined;
  /** Whatever was published later than this, milliseconds since 1970 by any clock of the service, is not forgotten. */
  readonly since: number;
}

/** Whether a number is known to be appended. */
export const hasNumber = ({ from, highest, window }: Numbers, number: number): boolean => {
  const below = highest - number;
  if (below > WINDOW) return number >= from;
  return below >= 0 && window[below] === '1';
};

/**
 * By when a number that was appended was published: milliseconds since 1970. Later writes of its publisher do not move that:
 * another that goes by the same name may go on with numbers behind it.
 */
export const publishedBy = ({ highest, times, used }: Numbers, number: number): number => {
  const below = highest - number;
  // What has left the window was sent before what is still there.
  const time = below > WINDOW ? times.findLast((each) => each > 0) : times[below];
  return time === undefined || time === 0 ? used : time * 1_000;
};

/**
 * What is known once a number is appended.
 *
 * @param numbers - what was known before; undefined for nothing.
 * @param used - when it was published: milliseconds since 1970.
 */
export const withNumber = (numbers: Numbers | undefined, number: number, used: number): Numbers => {
  const time = Math.ceil(used / 1_000);
  if (numbers === undefined) return { from: number, highest: number, window: '1', times: [time], used };
  const ahead = number - numbers.highest;
  const latest = { ...numbers, used: Math.max(numbers.used, used) };
  if (ahead > 0) {
    const between = Math.min(ahead - 1, WINDOW);
    const window = `1${'0'.repeat(between)}${numbers.window}`.slice(0, WINDOW + 1);
    const times = [time, ...Array<number>(between).fill(0), ...numbers.times].slice(0, WINDOW + 1);
    return { ...latest, highest: number, window, times };
  }
  // A copy of what was appended says nothing of when that was.
  if (-ahead > WINDOW || numbers.window[-ahead] === '1') return latest;
  const window = numbers.window.padEnd(1 - ahead, '0');
  return {
    ...latest,
    window: `${window.slice(0, -ahead)}1${window.slice(1 - ahead)}`,
    times: Array.from(window, (_, below) => (below === -ahead ? time : (numbers.times[below] ?? 0))),
  };
};
