import * as v from 'valibot';

/**
 * Bytes that headers may take: all of them, with the properties, travel in one frame, of 131,072 bytes as brokers and clients
 * have it where nobody says otherwise. A larger one would end the connection, and whatever else is under way on it.
 * Source: AMQP 0-9-1 specification, 2.3.5.2, "Content": the header is a single frame.
 */
export const MOST_OF_HEADERS = 120_000;

/** Bytes of a value in a table. Source: AMQP 0-9-1 specification, 4.2.5.5, "Field Tables". */
export const sizeOf = (value: unknown): number => {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value);
  if (Array.isArray(value)) return value.reduce((size: number, item) => size + sizeOf(item), 5);
  if (typeof value !== 'object' || value === null) return 9;
  return Object.entries(value).reduce((size, [name, item]) => size + 1 + Buffer.byteLength(name) + sizeOf(item), 5);
};

/**
 * The headers that fit, without the largest where not all do.
 *
 * @param most - bytes.
 * @returns the names of those left out beside.
 */
export const fitting = (
  headers: Readonly<Record<string, unknown>>,
  most: number,
): { readonly headers: Readonly<Record<string, unknown>>; readonly without: readonly string[] } => {
  let size = sizeOf(headers);
  if (size <= most) return { headers, without: [] };
  const without: string[] = [];
  const largestFirst = Object.entries(headers).sort(([, a], [, b]) => sizeOf(b) - sizeOf(a));
  while (size > most && largestFirst.length > 0) {
    const [[name, value]] = largestFirst.splice(0, 1) as [[string, unknown]];
    without.push(name);
    size -= sizeOf({ [name]: value });
  }
  return { headers: Object.fromEntries(largestFirst), without };
};

/** Bytes of a property, and of a name in a table. Source: AMQP 0-9-1 specification, 4.2.5.3, "Strings": a short string. */
export const MOST_OF_SHORT = 255;

/** Characters that take no more bytes than a short string has: none takes more than three. */
const SURELY_SHORT = MOST_OF_SHORT / 3;

const shortName = (name: string): string =>
  Buffer.byteLength(name) <= MOST_OF_SHORT ? name : name.slice(0, SURELY_SHORT);

/** The least whole number of a table, of 64 bits. */
const LEAST_WHOLE = -(2 ** 63);

const decimal = v.object({
  places: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
  digits: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)),
});

/** What the client library reads as an object that says its type, and writes again. */
const typed = v.variant('!', [
  v.strictObject({ '!': v.literal('timestamp'), value: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) }),
  v.strictObject({ '!': v.literal('decimal'), value: decimal }),
]);

/**
 * A header that somebody else wrote, so that the client library can write it again: a broker takes, and the library reads,
 * some that it refuses to write. These are fractions and numbers of any size, names that are no UTF-8, which grow as they are
 * read, and tables with an entry `!`, which it takes for a type.
 */
const writable = (value: unknown): unknown => {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value >= LEAST_WHOLE ? value : { '!': 'double', value };
  }
  if (Array.isArray(value)) return value.map(writable);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value) || v.is(typed, value)) return value;
  return Object.hasOwn(value, '!') ? JSON.stringify(value) : writableTable(value);
};

/** All headers of a message, as {@link writable} has each. */
export const writableTable = (headers: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [shortName(name), writable(value)]));
