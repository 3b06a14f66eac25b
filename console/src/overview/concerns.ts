import { FIGURES, type FigureName } from '../../../lib/protocol/http/figures.ts';
import type { Interval } from '../../../lib/protocol/http/interval.ts';
import { milliseconds, quantity } from '../format.ts';
import { addressOf } from '../route.ts';

/** Milliseconds that a message may wait in a shard before that is called slow. */
const SLOW = 5_000;

/** Something that is not as it should be. */
export interface Concern {
  /** Names it: what is said of it changes. */
  readonly key: string;
  readonly text: string;
  /** Where one sees more, or mends it. */
  readonly href: string;
  readonly link: string;
}

/** What refuses, by the figures that say how much it does. */
const LIMITS = {
  refusedByType: 'of a message type',
  refusedByConnection: 'of a connection',
  refusedByUser: 'of a user',
  refusedByAll: 'of everyone together',
  refusedByStored: 'of stored bytes',
  refusedByPassing: 'of the bytes of unfinished messages',
} as const satisfies Partial<Record<FigureName, string>>;

const slowShards = (interval: Interval): readonly Concern[] =>
  interval.each('rabbitmq_shard_lag').flatMap(({ dimensions: { queue = '' }, value }) => {
    if (value < SLOW) return [];
    return [
      {
        key: `slow ${queue}`,
        text: `The shard ${queue} is slow: its oldest message waited ${milliseconds(value)}.`,
        href: addressOf('tail', { pattern: '**' }),
        link: 'See which channel is busy',
      },
    ];
  });

const refusals = (interval: Interval): readonly Concern[] =>
  Object.entries(LIMITS).flatMap(([figure, whose]) => {
    const rate = FIGURES[figure as keyof typeof LIMITS].of(interval) ?? 0;
    if (rate === 0) return [];
    return [
      {
        key: figure,
        text: `The limit ${whose} refuses ${quantity(rate)} messages a second.`,
        href: addressOf('limits'),
        link: 'See who is refused',
      },
    ];
  });

/** What is wrong between two readings; nothing where all is well. */
export const concernsOf = (interval: Interval): readonly Concern[] => [...slowShards(interval), ...refusals(interval)];
