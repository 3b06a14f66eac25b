import type { EventMessage } from '../messages/event.ts';
import { jsonOf } from './json-text.ts';

const headOf = ({ data: _, omitted: __, ...head }: EventMessage): string => JSON.stringify(head).slice(0, -1);

const OMITTED = ',"data":null,"omitted":true}';

/** The text of an event; its data is spliced in where it is kept as a text. */
export const eventText = (event: EventMessage): string =>
  event.omitted === true ? omittedText(event) : `${headOf(event)},"data":${jsonOf(event.data)}}`;

/** What stands for an event that is too large for its hearer: the same without its data, marked so. */
export const omittedText = (event: EventMessage): string => `${headOf(event)}${OMITTED}`;
