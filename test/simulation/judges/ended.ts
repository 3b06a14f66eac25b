import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import type { Said } from '../../../lib/protocol/codec/encoder.ts';
import { isOver } from '../../../lib/protocol/session.ts';
import type { Stage } from '../stage/environment.ts';

/**
 * Whether a connection is served though its session has ended.
 *
 * @param clock - of the function that is asked.
 * @returns judges the first message of the answer to a frame that comes now: what is wrong with it, if anything is.
 */
export const endedAs = (
  { fate }: Pick<Stage, 'fate'>,
  { records }: Pick<MemoryStore, 'records'>,
  id: string,
  clock: Clock,
): ((said: Said | undefined) => string | undefined) => {
  const session = records.get(id)?.session;
  // Clocks that are wrong are put right where nothing goes wrong any more.
  const wasCalm = fate.isCalm;
  const hasEnded = session !== undefined && isOver(session, clock.now());
  return (said) => {
    // It may renew its session, or another frame has meanwhile.
    const answers = said === undefined ? [] : said.type === 'batch' ? said.messages : [said];
    const served = answers.find(({ type }) => type !== 'error' && type !== 'authenticated');
    if (!hasEnded || served === undefined || fate.isCalm !== wasCalm || records.get(id)?.session !== session)
      return undefined;
    return `granted: ${id} is answered ${served.type}, though its session has ended`;
  };
};
