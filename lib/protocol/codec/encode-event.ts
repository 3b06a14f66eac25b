import type { Matched } from '../matched.ts';
import type { EventMessage } from '../messages/event.ts';
import { fits } from '../utf8.ts';
import { jsonOf } from './json-text.ts';

const headOf = ({ data: _, omitted: __, matched: ___, ...head }: EventMessage): string =>
  JSON.stringify(head).slice(0, -1);

const OMITTED = ',"data":null,"omitted":true';

/** How the text of an event ends that says what it fits; of one that does not, where it is undefined. */
export const endOf = (matched: Matched | undefined): string =>
  matched === undefined ? '}' : `,"matched":${JSON.stringify(matched)}}`;

/** The text of an event; its data is spliced in where it is kept as a text. */
export const eventText = (event: EventMessage): string =>
  event.omitted === true ? omittedText(event) : `${headOf(event)},"data":${jsonOf(event.data)}${endOf(event.matched)}`;

/** What stands for an event that is too large for its hearer: the same without its data, marked so. */
export const omittedText = (event: EventMessage): string => `${headOf(event)}${OMITTED}${endOf(event.matched)}`;

/**
 * What an event says that it fits, so that it has room together with its data: null where the list is too long for that,
 * and nothing where even this is.
 *
 * @param isRoomFor - whether there is room for an event that ends so.
 */
export const matchedWithin = (matched: Matched | undefined, isRoomFor: (end: string) => boolean): Matched | undefined =>
  [matched, null].find((each) => each !== undefined && isRoomFor(endOf(each)));

/** The text of an event that has so many bytes at the most: the longest of what it can be. */
export const fittingText = (event: EventMessage, most: number): string => {
  const whole = eventText(event);
  if (fits(whole, most)) return whole;
  if (event.matched === undefined) return omittedText(event);
  const { matched, ...rest } = event;
  const plain = eventText(rest);
  if (!fits(plain, most)) return omittedText(event);
  const less = matchedWithin(matched, (end) => fits(`${plain.slice(0, -1)}${end}`, most));
  return `${plain.slice(0, -1)}${endOf(less)}`;
};
