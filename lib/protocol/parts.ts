import { bytesOf, fits } from './utf8.ts';

/** Bytes of `,"final":false`, and of a comma and brackets around each list. */
const AROUND = 128;

type Fields = Readonly<Record<string, unknown>>;
type List = readonly unknown[] | Fields;

const isList = (value: unknown): value is List => typeof value === 'object' && value !== null;

/** What stands in a list, or under the names of an object. */
const entriesOf = (list: List): readonly (readonly [name: string | undefined, value: unknown])[] =>
  Array.isArray(list) ? list.map((value) => [undefined, value] as const) : Object.entries(list);

const emptied = (message: Fields): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(message).map(([field, value]) => [field, isList(value) ? (Array.isArray(value) ? [] : {}) : value]),
  );

const put = (list: unknown, name: string | undefined, value: unknown): void => {
  if (Array.isArray(list)) list.push(value);
  // Not by assignment: a channel may be called `__proto__`.
  else Object.defineProperty(list, String(name), { value, enumerable: true, configurable: true });
};

/**
 * An answer, as the texts of as many frames as it takes: its lists, and objects by name, are cut between their entries,
 * everything else stands in each part.
 *
 * @param message what is answered; no entry of its lists is larger than a frame
 * @param most bytes of one frame
 * @returns the answer as it is where that fits; else parts, of which the last alone says `final: true`
 */
export function encodeInParts(message: object, most: number): readonly string[] {
  const text = JSON.stringify(message);
  if (fits(text, most)) return [text];
  const fields = message as Fields;
  const room = most - AROUND - bytesOf(JSON.stringify(emptied(fields)));
  const parts = [emptied(fields)];
  let size = 0;
  for (const [field, list] of Object.entries(fields)) {
    if (!isList(list)) continue;
    for (const [name, value] of entriesOf(list)) {
      const grown = bytesOf(JSON.stringify([name, value]));
      if (size + grown > room) {
        parts.push(emptied(fields));
        size = 0;
      }
      size += grown;
      put((parts.at(-1) as Record<string, unknown>)[field], name, value);
    }
  }
  return parts.map((part, i) => JSON.stringify({ ...part, final: i === parts.length - 1 }));
}

/**
 * Puts the parts of an answer together again.
 *
 * @param parts in the order in which they came, at least one
 * @returns the last, with what stood in the lists of all
 */
export function joinParts<T extends object>(parts: readonly T[]): T {
  const all = parts as readonly Fields[];
  const joined = (field: string, value: unknown): unknown => {
    if (Array.isArray(value)) return all.flatMap((part) => part[field] ?? []);
    return isList(value) ? Object.fromEntries(all.flatMap((part) => Object.entries(part[field] ?? {}))) : value;
  };
  const last = Object.entries(all.at(-1) ?? {});
  return Object.fromEntries(last.map(([field, value]) => [field, joined(field, value)])) as T;
}
