import type { Shape } from '../../lib/protocol/messages/fields.ts';
import type { Definition } from '../../lib/protocol/messages/message.ts';
import { FROM_SERVICE, REQUESTS, WRAPPINGS } from '../../lib/protocol/messages/table.ts';

/** Who sends a message. A request and what answers it may have the same type. */
export type Direction = 'client' | 'service';

/** A message in one direction. */
export interface Entry {
  /** Of all entries, and of nothing on the wire: `client.replay`. */
  readonly name: string;
  readonly direction: Direction;
  readonly definition: Definition;
  /** Those of the definition that a message has in this direction. */
  readonly fields: Shape;
}

/** Only a client’s wrapping has a `requestId`, for an error to name. */
const fieldsOf = (direction: Direction, { from, fields }: Definition): Shape => {
  const { requestId, ...others } = fields;
  return from === 'both' && direction === 'service' ? others : fields;
};

const entry =
  (direction: Direction) =>
  (definition: Definition): Entry => ({
    name: `${direction}.${definition.type}`,
    direction,
    definition,
    fields: fieldsOf(direction, definition),
  });

export const requests: readonly Entry[] = Object.values<Definition>(REQUESTS).map(entry('client'));

/** What the service says, but for what it puts messages into. */
export const said: readonly Entry[] = Object.values<Definition>(FROM_SERVICE).map(entry('service'));

export const wrappings: readonly Entry[] = (['client', 'service'] as const).flatMap((direction) =>
  Object.values<Definition>(WRAPPINGS).map(entry(direction)),
);

/** Every message of the protocol. */
export const entries: readonly Entry[] = [...requests, ...said, ...wrappings];

/** The entries of one direction. */
export const entriesOf = (direction: Direction): readonly Entry[] =>
  entries.filter((one) => one.direction === direction);

/** The messages that answer a request, in the order in which they come. */
export const answersTo = ({ definition: { answers } }: Entry): readonly Entry[] =>
  answers.flatMap((type) => said.filter(({ definition }) => definition.type === type));

/** What the service says without having been asked. An error may be so too. */
export const notices: readonly Entry[] = said.filter(
  (one) => !requests.some((request) => answersTo(request).includes(one)),
);
