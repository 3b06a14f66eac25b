/** A named consumer was handed events, under a fence. Times are milliseconds of one clock. */
export interface Leased {
  readonly type: 'leased';
  readonly at: number;
  /** When it was asked for. */
  readonly asked: number;
  readonly consumer: string;
  readonly fence: number;
  readonly places: readonly { readonly channel: string; readonly epoch: string; readonly offset: number }[];
}

/** What a fence stands for was acknowledged. */
export interface Acknowledged {
  readonly type: 'acknowledged';
  readonly at: number;
  /** When that was asked for first. */
  readonly asked: number;
  readonly consumer: string;
  readonly fence: number;
}

/**
 * Acknowledgements that should have been refused: they were asked for, for the first time, after somebody else had been handed
 * events under a later fence.
 */
export const fenceProblems = (leased: readonly Leased[], acknowledged: readonly Acknowledged[]): string[] =>
  acknowledged.flatMap(({ consumer, fence, asked }) => {
    const later = leased.find((each) => each.consumer === consumer && each.fence > fence && each.at < asked);
    return later === undefined
      ? []
      : [`${consumer} acknowledged under ${fence} what had been handed out under ${later.fence}`];
  });

/** Events that a consumer was handed although it had acknowledged them before it asked. */
export const againProblems = (leased: readonly Leased[], acknowledged: readonly Acknowledged[]): string[] =>
  [...Map.groupBy(leased, ({ consumer }) => consumer)].flatMap(([consumer, all]) => {
    const done = acknowledged
      .filter((each) => each.consumer === consumer)
      .flatMap(({ fence, at }) =>
        all.filter((each) => each.fence === fence).flatMap(({ places }) => places.map((place) => ({ ...place, at }))),
      );
    const last = Map.groupBy(done, ({ channel, epoch }) => JSON.stringify([channel, epoch]));
    return all.flatMap(({ fence, asked, places }) =>
      places.flatMap(({ channel, epoch, offset }) => {
        const before = last
          .get(JSON.stringify([channel, epoch]))
          ?.some((each) => each.at < asked && each.offset >= offset);
        return before === true
          ? [`${consumer} was handed ${offset} of ${channel} under ${fence} after it had acknowledged it`]
          : [];
      }),
    );
  });
