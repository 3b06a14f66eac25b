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
