import { quantile } from './quantile.ts';

/** Latencies in words: how many, and how they spread, in milliseconds. */
export const summaryOf = (latencies: readonly number[]): string => {
  if (latencies.length === 0) return 'none';
  const at = (share: number) => quantile(latencies, share).toFixed(1);
  return `${latencies.length}, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
};

/** How far something is, as a bar. */
export const barOf = (done: number, total: number, width = 30): string => {
  const filled = total === 0 ? width : Math.round((width * done) / total);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ${done}/${total}`;
};
