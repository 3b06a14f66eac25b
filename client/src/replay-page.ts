import type { Connection } from './connection.ts';
import { RequestError } from './errors.ts';
import type { Event } from './messages.ts';
import type { ReplayAnswer, ReplayQuestion } from './options.ts';
import { summaryOf } from './replay-summary.ts';

/**
 * Asks over a connection for one answer, and collects its events.
 *
 * @throws RequestError, NOT_AVAILABLE where the service is too old to read backwards; ConnectionLostError.
 */
export const replayPage = async (
  connection: Pick<Connection, 'welcome' | 'request'>,
  question: ReplayQuestion,
): Promise<ReplayAnswer> => {
  const features = connection.welcome?.server.features;
  if (question.last !== undefined && features && features.history === undefined) {
    throw new RequestError('replay', 'NOT_AVAILABLE', 'The service is too old');
  }
  const events: Event[] = [];
  const answer = await connection.request({ type: 'replay', ...question }, 'replay', (message) => {
    if (message.type === 'replay') events.push(...message.events);
  });
  return { ...summaryOf(answer), events };
};
