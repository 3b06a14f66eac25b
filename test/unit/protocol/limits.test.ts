import { expect, it } from 'vitest';
import * as channel from '../../../lib/protocol/channel.ts';
import * as compression from '../../../lib/protocol/compression.ts';
import * as grants from '../../../lib/protocol/grants.ts';
import * as consumers from '../../../lib/protocol/http/consumers.ts';
import * as limited from '../../../lib/protocol/http/limited.ts';
import * as listening from '../../../lib/protocol/http/listening.ts';
import * as parked from '../../../lib/protocol/http/parked.ts';
import * as publication from '../../../lib/protocol/http/publication.ts';
import * as limits from '../../../lib/protocol/limits.ts';
import * as openConnections from '../../../lib/protocol/open-connections.ts';
import * as pattern from '../../../lib/protocol/pattern.ts';
import * as regex from '../../../lib/protocol/regex.ts';

/** What clients and back-ends are told of, and go by: none of these changes in passing. */
const LIMITS: readonly [exported: object, numbers: object][] = [
  [channel, { MAX_CHANNEL_LENGTH: 200 }],
  [compression, { COMPRESSION_LEVEL: 6 }],
  [grants, { MAX_GRANTS: 100 }],
  [consumers, { MAX_PLACES: 1_000, MAX_PULL_BYTES: 1_048_576 }],
  [limited, { LIMITED_PAGE: 100, MAX_LIMITED_PAGE: 1_000, NEAR_LIMIT: 0.8 }],
  [
    listening,
    {
      ...{ CHANNELS_PAGE: 100, MAX_CHANNELS_PAGE: 1_000 },
      ...{ LISTENERS_PAGE: 100, MAX_LISTENERS_PAGE: 1_000, MOST_TEXTS_READ: 1_000 },
    },
  ],
  [parked, { PARKED_PAGE: 20, MAX_PARKED_PAGE: 100, PARKED_LOOKED_AT: 1_000 }],
  [publication, { MAX_EVENTS: 100, MAX_KEY_LENGTH: 120 }],
  [
    limits,
    {
      ...{ PROTOCOL_VERSION: 1, MAX_IDENTIFIER_LENGTH: 128, MAX_LIST_LENGTH: 1_000, MAX_BATCH_LENGTH: 100 },
      ...{
        MAX_POSITIONS: 500,
        CONNECTIONS_PAUSE: 30_000,
        MAX_TOKEN_LENGTH: 16_384,
        MAX_CHUNKS: 1_024,
        MAX_NESTING: 1_000,
      },
    },
  ],
  [
    openConnections,
    {
      ...{ CONNECTIONS_PAGE: 100, MAX_CONNECTIONS_PAGE: 1_000 },
      ...{ MAX_LOOKED_FOR: 100, MAX_USER_CONNECTIONS: 1_000, SHOWN_SUBSCRIPTIONS: 20 },
    },
  ],
  [pattern, { MAX_PATTERN_LENGTH: 200 }],
  [regex, { MAX_REGEX_SIZE: 500 }],
];

it('the limits of the protocol are these', () => {
  for (const [exported, limits] of LIMITS)
    expect(Object.fromEntries(Object.entries(exported).filter(([, value]) => typeof value === 'number'))).toEqual(
      limits,
    );
});
