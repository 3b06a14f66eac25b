import { Redis } from 'ioredis';

/** What histories keep by count and by age: events, and ids that are remembered. */
export interface Kept {
  readonly events: number;
  readonly ids: number;
}

const SHARE = 0.01;

/** Counts what all histories keep. */
export const countKept = async (url: string, prefix = 'rts:'): Promise<Kept> => {
  const client = new Redis(url);
  const sum = async (pattern: string, size: (key: string) => Promise<number>): Promise<number> => {
    let count = 0;
    for await (const keys of client.scanStream({ match: pattern, count: 1_000 }) as AsyncIterable<string[]>) {
      for (const key of keys) count += await size(key);
    }
    return count;
  };
  try {
    return {
      events: await sum(`${prefix}h:*:events`, (key) => client.xlen(key)),
      ids: await sum(`${prefix}h:*:ids`, (key) => client.hlen(key)),
    };
  } finally {
    client.disconnect();
  }
};

/** Whether histories have stopped growing: nothing of what they keep is more, by one in a hundred, than it was. */
export const isFull = (before: Kept, now: Kept): boolean =>
  now.events > 0 && now.events <= before.events * (1 + SHARE) && now.ids <= before.ids * (1 + SHARE);
