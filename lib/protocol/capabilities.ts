/** What a client can take beside plain frames. */
export const CAPABILITIES = ['batch', 'chunk', 'compression', 'matched'] as const;
export type Capability = (typeof CAPABILITIES)[number];

/**
 * The capabilities of one connection. There is one object for each set of them, so equal ones are identical and can be
 * the key of a map.
 */
export type Capabilities = { readonly [name in Capability]: boolean };

const namesOf = (capabilities: Capabilities): readonly Capability[] =>
  CAPABILITIES.filter((name) => capabilities[name]);

const SETS: readonly Capabilities[] = Array.from({ length: 2 ** CAPABILITIES.length }, (_, bits) =>
  Object.freeze({
    batch: (bits & 1) > 0,
    chunk: (bits & 2) > 0,
    compression: (bits & 4) > 0,
    matched: (bits & 8) > 0,
  }),
);

const BY_TEXT: ReadonlyMap<string, Capabilities> = new Map(SETS.map((set) => [namesOf(set).join(), set]));

/** Those of a client that declared none. */
export const NO_CAPABILITIES = SETS[0] as Capabilities;

/**
 * @param text names separated by commas, as in the query parameter `capabilities`; unknown ones are passed over, since
 *   a newer client may know more
 * @returns the set of those named
 */
export function parseCapabilities(text: string | undefined): Capabilities {
  const known = BY_TEXT.get(text ?? '');
  if (known !== undefined || text === undefined) return known ?? NO_CAPABILITIES;
  const named = new Set(text.split(',').map((name) => name.trim()));
  return BY_TEXT.get(CAPABILITIES.filter((name) => named.has(name)).join()) as Capabilities;
}

/** @returns what {@link parseCapabilities} reads again, without spaces */
export function capabilitiesText(capabilities: Capabilities): string {
  return namesOf(capabilities).join();
}

/** @returns the same set with one capability added or taken away */
export function withCapability(capabilities: Capabilities, name: Capability, has: boolean): Capabilities {
  return parseCapabilities(capabilitiesText({ ...capabilities, [name]: has }));
}
