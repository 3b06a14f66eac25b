import type { Postings } from '../../../lib/ports/postings.ts';
import type { Conduct } from '../judges/conduct.ts';
import type { Environment } from '../stage/environment.ts';

/** The postings as a fan-out asks them: its judge knows when it asks whether its turn goes on, and when it is told. */
export const asking = (postings: Postings, conduct: Conduct, here: Environment): Postings => ({
  claim: (shard, above) => postings.claim(shard, above),
  begin: (turn, histories, isKnown) => postings.begin(turn, histories, isKnown),
  finish: (turn) => postings.finish(turn),
  advance: async (turn, of, upTo) => {
    // Who notes how far it came waits for nothing.
    const isTold = upTo === undefined ? conduct.asks(here) : () => undefined;
    await postings.advance(turn, of, upTo);
    isTold();
  },
});
