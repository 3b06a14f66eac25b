import { Redis } from 'ioredis';

/** What Redis holds: how many entries, by key. */
export type Inventory = ReadonlyMap<string, number>;

/**
 * Keys of what was said, not of who listens; they stay as long as the retention says, and grow with every event. What epochs
 * are made of stays with them, and what each shard has posted.
 */
const HISTORY = /^([hep]:|x[:-])/;

/** Keys of counters, of leases and of how they are and were, which every process or gateway has one of. */
const OF_PROCESSES = /^([ni]|health|past):/;

/** Who left an audience lately, and the last answer of a sweep, which go by themselves within a minute. */
export const PASSING = /:(left|removed)$/;

/** The registry’s log of changes, which is cut by itself. */
const LOG = /:log$/;

/** Fields of the registry that are no entries: where the sweeper’s next look goes on comes once it has looked. */
const OWN = /^#/;

const SIZE_OF: Readonly<Record<string, string>> = {
  set: 'SCARD',
  zset: 'ZCARD',
  list: 'LLEN',
  stream: 'XLEN',
  string: 'STRLEN',
};

/**
 * Looks at every key of connections and subscriptions.
 *
 * @param prefix - what the keys of the service begin with, and is left out.
 */
export const takeInventory = async (url: string, prefix = 'rts:'): Promise<Inventory> => {
  const client = new Redis(url);
  try {
    const inventory = new Map<string, number>();
    for await (const keys of client.scanStream({ match: `${prefix}*`, count: 1_000 }) as AsyncIterable<string[]>) {
      for (const key of keys) {
        const name = key.slice(prefix.length);
        if (HISTORY.test(name) || OF_PROCESSES.test(name) || LOG.test(name) || PASSING.test(name)) continue;
        const type = await client.type(key);
        const size = SIZE_OF[type];
        if (type === 'hash') inventory.set(name, (await client.hkeys(key)).filter((field) => !OWN.test(field)).length);
        // It may have ended meanwhile.
        else if (size !== undefined) inventory.set(name, Number(await client.call(size, key)));
      }
    }
    return inventory;
  } finally {
    client.disconnect();
  }
};

/** What there is more of than before, in words; empty where nothing was left. */
export const residueOf = (before: Inventory, after: Inventory): readonly string[] =>
  [...after].flatMap(([key, size]) => {
    const had = before.get(key) ?? 0;
    return size > had ? [`${key}: ${size - had} more than before`] : [];
  });
