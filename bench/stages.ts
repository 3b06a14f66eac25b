/** The stages of an event’s way that the service itself times, in their order. */
export const STAGES = ['publish', 'queue', 'append', 'audience', 'post'] as const;

type Stage = (typeof STAGES)[number];

/** How often each stage was timed, and the milliseconds of all of them together. */
export type Stages = Readonly<Record<Stage, { readonly count: number; readonly sum: number }>>;

/** Reads what the service has timed so far. */
export const readStages = async (httpUrl: string): Promise<Stages> => {
  const text = await (await fetch(`${httpUrl}/metrics`)).text();
  const read = (stage: Stage, what: 'count' | 'sum'): number => {
    const line = new RegExp(`^realtime_sync_events_stage_duration_seconds_${what}\\{stage="${stage}"\\} (.+)$`, 'm');
    return Number(line.exec(text)?.[1] ?? 0);
  };
  return Object.fromEntries(
    STAGES.map((stage) => [stage, { count: read(stage, 'count'), sum: 1_000 * read(stage, 'sum') }]),
  ) as Stages;
};

/** Milliseconds that a stage took between two readings, on average. */
export const meanBetween = (before: Stages, after: Stages, stage: Stage): number =>
  (after[stage].sum - before[stage].sum) / (after[stage].count - before[stage].count);
