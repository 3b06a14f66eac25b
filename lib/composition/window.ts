import { fanOut, shardCount } from '../config/variables.ts';
import { config } from '../config.ts';
import { DOLLARS_PER_POST, REQUESTS_PER_SECOND } from '../gateway/quotas.ts';
import { EarnedWindow } from '../sync/earned-window.ts';

/** Of the account’s quota, what all shards together may use: other APIs of the account have a part in it. */
const SHARE_OF_QUOTA = 0.8;

const HOUR = 3_600;

/** How long the events of a shard gather after a batch: see `EarnedWindow.after`. */
export type Window = (shard: string, posts: number, began: number, now: number) => number;

/** The window that the settings say. No shard knows of the others, so that each has an equal part of what all may post. */
export const composeWindow = (): Window => {
  const { window, mostWindow, dollars } = config(fanOut);
  if (window !== 'auto') return () => window;
  const paid = dollars === 0 ? Number.POSITIVE_INFINITY : dollars / DOLLARS_PER_POST / HOUR;
  const earned = new EarnedWindow(
    Math.min(SHARE_OF_QUOTA * REQUESTS_PER_SECOND, paid) / config(shardCount),
    mostWindow,
  );
  return (shard, posts, began, now) => earned.after(shard, posts, began, now);
};
