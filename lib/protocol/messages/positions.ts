import { byChannel, identifier, object, optional, required, whole } from './fields.ts';

const place = {
  offset: required(whole({ atLeast: 0 }), 'Everything up to here was seen; counted from 1 without gaps'),
  epoch: required(identifier, 'Another one means that the history was lost, and counting began anew'),
};

/** Where a reader stands in each of some channels: `Positions` of ../position.ts. */
/* @__NO_SIDE_EFFECTS__ */
export const positions = (bounds: { readonly atMost?: number } = {}) =>
  byChannel({ ...place, private: optional(object(place), 'The same of the user’s private events there') }, bounds);
