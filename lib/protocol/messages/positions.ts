import { byChannel, identifier, object, optional, required, whole } from './fields.ts';

/** Where a reader stands in one channel, its private events aside. */
export const place = {
  offset: required(whole(), 'Everything up to and including this offset was seen; 0 for nothing'),
  epoch: required(identifier, 'Which count the offset is of; another one means that the history was lost'),
};

/** Where a reader stands in one channel. */
export const position = {
  ...place,
  private: /* @__PURE__ */ optional(
    /* @__PURE__ */ object(place),
    'The same of the user’s private events on that channel',
  ),
};

/** Where a reader stands in each of some channels: `Positions` of ../position.ts. */
/* @__NO_SIDE_EFFECTS__ */
export const positions = (bounds: { readonly atMost?: number } = {}) => byChannel(position, bounds);
