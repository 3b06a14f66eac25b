import type { Gap } from '../../ports/announcer.ts';
import type { HistoryPage, StoredEvent } from '../../ports/history.ts';
import type { Position } from '../../protocol/position.ts';

/** One thing that back-ends are told of a history. */
export type Step = { readonly event: StoredEvent } | { readonly gap: Gap };

/** Up to which offset all is told with a step. */
export const endOf = (step: Step): number => ('event' in step ? step.event.offset : step.gap.to);

/**
 * What is to be told of a page of a history: its events, and in their places the offsets that are gone. With them no offset
 * is left out.
 *
 * @param page - read behind `after`, all of it and not by a filter.
 */
export const stepsOf = ({ epoch, offset }: Position, page: HistoryPage): readonly Step[] => {
  const steps: Step[] = [];
  let told = offset;
  const declare = (to: number): void => {
    if (to > told) steps.push({ gap: { epoch, from: told + 1, to } });
  };
  for (const event of page.events) {
    declare(event.offset - 1);
    steps.push({ event });
    told = event.offset;
  }
  declare(page.read.offset);
  return steps;
};
