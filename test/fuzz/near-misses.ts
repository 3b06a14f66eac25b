import { cpuUsage } from 'node:process';

/** Texts that go on as they should for as long as may be, and then do not: what a checker goes back over. */

const BEGINNINGS = [
  'x',
  'a:',
  'a.',
  'a-',
  '0',
  '1,',
  '*',
  '**:',
  '/',
  '/a',
  '\\',
  '\\E',
  '[',
  '[:a',
  '(',
  '(a|',
  'a*',
  '{1',
  '"',
  '=',
  '%',
  ' ',
  '\t',
  ';q=',
  'é',
  '😀',
  '\ud800',
  '[[',
  '{"a":',
];
const ENDS = ['', '\n', '\u0000', '!', ' ', '/', '"', '}', '\ud800'];

/** Lengths up to one, each four times as long as the one before it: what multiplies shows before it takes for ever. */
const lengthsTo = (most: number): readonly number[] => {
  const lengths: number[] = [];
  for (let length = 16; length < most; length *= 4) lengths.push(length);
  return [...lengths, most];
};

const repeated = (text: string, length: number): string =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** Processor time may be this much longer than that for a text of the same length with nothing to go back over. */
const FACTOR = 20;
/** Milliseconds in which other things may happen in the process. */
const SLACK = 40;
/** Whoever is slow once was interrupted; whoever is slow each time is slow. */
const TRIES = 3;

const measured = async (act: () => unknown): Promise<number> => {
  const before = cpuUsage();
  await act();
  const { user, system } = cpuUsage(before);
  return (user + system) / 1_000;
};

/** The least processor time of a few tries, in milliseconds; of one that is within a budget, the first. */
const least = async (act: () => unknown, budget: number): Promise<number> => {
  let best = Number.POSITIVE_INFINITY;
  for (let tried = 0; tried < TRIES && best > budget; tried++) best = Math.min(best, await measured(act));
  return best;
};

/** A place where a client’s text comes in. */
export interface Door {
  readonly name: string;
  /** Characters that are let in. */
  readonly most: number;
  readonly send: (text: string) => unknown;
}

export interface Tried {
  readonly texts: number;
  /** The longest time of one in relation to its control, by which it is judged. */
  readonly worst: number;
  readonly faults: readonly string[];
}

/** Sends near misses through a door, shorter ones first, and stops behind the first that takes too long. */
export const tryDoor = async ({ name, most, send }: Door): Promise<Tried> => {
  let texts = 0;
  let worst = 0;
  for (const length of lengthsTo(most)) {
    const control = await least(() => send(repeated('a', length)), 0);
    const budget = FACTOR * control + SLACK;
    for (const beginning of BEGINNINGS) {
      for (const end of ENDS) {
        const text = repeated(beginning, length - end.length) + end;
        const took = await least(() => send(text), budget);
        texts++;
        worst = Math.max(worst, took / budget);
        if (took <= budget) continue;
        const what = `${length} characters of ${JSON.stringify(beginning)} and ${JSON.stringify(end)}`;
        return {
          texts,
          worst,
          faults: [`${name}: ${what} took ${took.toFixed()} ms, the control ${control.toFixed()}`],
        };
      }
    }
  }
  return { texts, worst, faults: [] };
};

/** A value with one of its texts, or of its keys, replaced: one for each. */
export const places = (
  value: unknown,
  path = '',
): readonly { readonly path: string; readonly put: (text: string) => unknown }[] => {
  if (typeof value === 'string') return [{ path, put: (text) => text }];
  if (Array.isArray(value)) {
    return value.flatMap((item, at) =>
      places(item, `${path}[${at}]`).map(({ path, put }) => ({ path, put: (text) => value.with(at, put(text)) })),
    );
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, held]) => [
    ...places(held, `${path}.${key}`).map(({ path, put }) => ({
      path,
      put: (text: string) => ({ ...value, [key]: put(text) }),
    })),
    { path: `${path}.${key} as a key`, put: (text: string) => ({ ...value, [text]: held }) },
  ]);
};
