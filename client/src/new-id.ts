/**
 * A name that no other has: a UUID where the runtime makes them, which a page does not that came over plain HTTP.
 *
 * @param random - what stands in where there is no better chance.
 */
export const newId = (random: () => number): string => {
  const crypto = globalThis.crypto as Partial<typeof globalThis.crypto> | undefined;
  if (crypto?.randomUUID !== undefined) return crypto.randomUUID();
  const bytes = Uint8Array.from({ length: 16 }, () => 256 * random());
  crypto?.getRandomValues?.(bytes);
  return bytes.join('-');
};
