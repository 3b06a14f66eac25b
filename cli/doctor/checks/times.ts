import { setTimeout as pause } from 'node:timers/promises';
import { summaryOf } from '../../../client/terminal/figures.ts';
import type { Check } from '../check.ts';
import { Fault, noted, skipped } from '../finding.ts';
import { type ClockOffset, type Metrics, metricsOf } from '../visit.ts';

/** Milliseconds by which clocks within the service may differ, by the library; and a user’s, by the tokens’ default. */
const WITHIN_SERVICE = 2_000;
const OF_USERS = 5_000;

/** Milliseconds between two looks at the numbers: functions hand them over after a second. */
const PAUSE = 500;

/** In the order of an event’s way. */
const STAGES = ['publish', 'queue', 'append', 'audience', 'post'];

const stageOf = (metrics: Metrics, stage: string): { readonly count: number; readonly sum: number } => {
  const found = metrics['events_stage_duration']?.samples.find(({ dimensions }) => dimensions['stage'] === stage);
  return { count: found?.count ?? 0, sum: found?.sum ?? 0 };
};

const meansBetween = (before: Metrics, after: Metrics): readonly [stage: string, mean: number][] =>
  STAGES.flatMap((stage): [string, number][] => {
    const [then, now] = [stageOf(before, stage), stageOf(after, stage)];
    return now.count > then.count ? [[stage, (now.sum - then.sum) / (now.count - then.count)]] : [];
  });

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

/** What clocks say, and how long things take. */
export const times: readonly Check[] = [
  {
    name: 'clocks',
    needs: ['answers'],
    advice: 'set the clock of this machine (NTP): tokens are refused whose issuer’s clock is as far off',
    look: async ({ offsets }) => {
      const best = new Map<string, ClockOffset>();
      for (const each of offsets) if (each.within < (best.get(each.of)?.within ?? Infinity)) best.set(each.of, each);
      for (const [of, { behind, within }] of best) {
        if (Math.abs(behind) - within <= OF_USERS) continue;
        throw new Fault(
          `this machine’s clock is ${seconds(Math.abs(behind))} ${behind > 0 ? 'behind' : 'ahead of'} that of ${of}`,
        );
      }
      const [one, other] = [...best.values()];
      if (one !== undefined && other !== undefined) {
        const apart = Math.abs(one.behind - other.behind);
        if (apart - one.within - other.within > WITHIN_SERVICE) {
          throw new Fault(
            `the clocks of the functions and of Redis are ${seconds(apart)} apart`,
            'AWS sets both; of a Redis of your own set the clock of its machine (NTP)',
          );
        }
      }
      const all = [...best].map(([of, { behind, within }]) => `${of} ${behind.toFixed(0)} ms (± ${within.toFixed(0)})`);
      return `ahead of this machine’s: ${all.join(', ')}`;
    },
  },
  {
    name: 'latency',
    needs: ['order'],
    advice: 'docs/alarms.md, the alarm `latency`',
    look: async ({ acknowledged, heard }) =>
      noted(`acknowledged: ${summaryOf(acknowledged)}; heard: ${summaryOf(heard)}`),
  },
  {
    name: 'stages',
    needs: ['http', 'order'],
    advice: 'functions hand over their numbers through Redis: their logs say why these are not there',
    look: async ({ before, endpoints, options: { patience } }) => {
      if (before === undefined) return skipped('told to administrators, at --http: give the key, --key');
      for (const giveUp = performance.now() + patience; performance.now() < giveUp; await pause(PAUSE)) {
        const now = await metricsOf(endpoints);
        const means = now === undefined ? [] : meansBetween(before, now);
        if (means.length < STAGES.length) continue;
        return noted(`on the average ${means.map(([stage, mean]) => `${stage} ${mean.toFixed(1)} ms`).join(', ')}`);
      }
      throw new Fault('the numbers of the events of this visit did not come');
    },
  },
];
