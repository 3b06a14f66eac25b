import * as v from 'valibot';
import type { Setting } from '../lib/config/forms.ts';
import { similar } from '../lib/protocol/similar.ts';

/** Values that are shown at the most: a longer one says nothing at a glance. */
const MOST_SHOWN = 100;

/** Milliseconds, by how people write a unit of time. */
const TIMES: Readonly<Record<string, number>> = {
  ...{ ms: 1, s: 1_000, sec: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000, day: 86_400_000 },
  ...{ days: 86_400_000, w: 604_800_000 },
};
/** Bytes, likewise. Those who write MB mean 1,024 times 1,024 where memory is concerned. */
const SIZES: Readonly<Record<string, number>> = {
  ...{
    b: 1,
    k: 1_024,
    kb: 1_024,
    kib: 1_024,
    m: 2 ** 20,
    mb: 2 ** 20,
    mib: 2 ** 20,
    g: 2 ** 30,
    gb: 2 ** 30,
    gib: 2 ** 30,
  },
};
/** In what a setting counts, as the first of these words says in what is said of it. */
const UNITS: Readonly<Record<string, readonly [units: Readonly<Record<string, number>>, own: number]>> = {
  milliseconds: [TIMES, 1],
  seconds: [TIMES, 1_000],
  days: [TIMES, 86_400_000],
  bytes: [SIZES, 1],
};

const FLAGS: Readonly<Record<string, string>> = {
  ...{ yes: 'true', on: 'true', 1: 'true', enabled: 'true', no: 'false', off: 'false', 0: 'false', disabled: 'false' },
};

/** `30s` of what counts milliseconds: `30000`. */
const withoutUnit = (value: string, about: string): readonly string[] => {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(value) ?? [];
  const [counts = ''] = /\b(?:milliseconds|seconds|days|bytes)\b/i.exec(about) ?? [];
  const [units = {}, own = 1] = UNITS[counts.toLowerCase()] ?? [];
  const factor = units[unit.toLowerCase()];
  return factor === undefined ? [] : [String((Number(number) * factor) / own)];
};

/** What is in a list of JSON, or in an object, as this service has lists: separated by spaces. */
const fromJson = (value: string): readonly string[] => {
  let read: unknown;
  try {
    read = JSON.parse(value);
  } catch {
    return [];
  }
  if (Array.isArray(read)) return [read.join(' '), read.join(',')];
  if (typeof read !== 'object' || read === null) return [String(read)];
  return [
    Object.entries(read)
      .map(([name, each]) => `${name}=${String(each)}`)
      .join(' '),
  ];
};

/** Words of what is expected, one of which is the value with a slip. */
const slipOf = (value: string, expected: string): readonly string[] => {
  const words = expected.match(/[a-z][\w-]*/g) ?? [];
  const near = similar(value, words);
  return [
    ...(near === undefined ? [] : [near]),
    ...words.filter((word) => value.toLowerCase().startsWith(word)),
  ].concat(words.filter((word) => word.length > 2 && word.startsWith(value.toLowerCase())));
};

const QUOTES = '"\'`';
const ENDINGS = `${QUOTES};, \t`;

/** A value without the quote before it, and without what other notations have behind one. */
const bareOf = (value: string): string => {
  let end = value.length;
  while (end > 0 && ENDINGS.includes(value.charAt(end - 1))) end--;
  return value.slice(QUOTES.includes(value.charAt(0)) ? 1 : 0, end);
};

/**
 * What somebody may have meant by a value that a setting does not take.
 *
 * @param value - as it was written.
 * @returns a value that it does take; undefined where none comes to mind.
 */
export const meantValue = ({ schema, expected, notes: { about } }: Setting, value: string): string | undefined => {
  const bare = bareOf(value);
  const small = bare.toLowerCase();
  const candidates = [
    ...[bare, small, FLAGS[small]],
    ...withoutUnit(bare, about),
    ...(/^[\d.]+e\d+$/i.test(bare) ? [String(Number(bare))] : []),
    ...(/^\d[\d,_' ]*$/.test(bare) ? [bare.replace(/\D/g, '')] : []),
    ...fromJson(value),
    bare
      .replaceAll(':', '=')
      .split(/[\s,]+/)
      .join(' '),
    ...slipOf(bare, expected),
  ];
  return candidates.find(
    (each) => each !== undefined && each !== '' && each !== value && each.length <= MOST_SHOWN && v.is(schema, each),
  );
};

/** Whether a value is a list or an object of JSON, which no setting is. */
export const isJson = (value: string): boolean => /^\s*[[{]/.test(value) && fromJson(value).length > 0;
