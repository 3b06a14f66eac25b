import type { ConfirmChannel } from 'amqplib';

/** How the broker words that a message is too large for it, whoever was asked: it closes the channel with 406. */
const WORDING = /\b406\b.*larger than (?:configured )?max size (?<most>\d+)/;

/** A queue that nobody declares: what is published to it is looked at, confirmed, and thrown away. */
const NOWHERE = 'realtime-sync.size';

/**
 * @param error - what a channel ended with.
 * @returns bytes of a body that the broker takes, if it said that one was too large.
 */
export const limitIn = ({ message }: Error): number | undefined => {
  const most = WORDING.exec(message)?.groups?.['most'];
  return most === undefined ? undefined : Number(most);
};

/**
 * Asks the broker whether it takes messages of a size, by one that reaches nobody: it tells its limit in no other way.
 *
 * @param channel - of this question alone: the broker closes it where the answer is no. It has a listener for errors.
 * @param size - bytes of a body.
 * @returns bytes that the broker takes, if that is less.
 * @throws Error where the channel ends for another reason.
 */
export const lowerLimitOf = async (channel: ConfirmChannel, size: number): Promise<number | undefined> => {
  const { promise: limit, resolve, reject } = Promise.withResolvers<number | undefined>();
  channel.once('error', (error: Error) => {
    const most = limitIn(error);
    if (most === undefined) reject(error);
    else resolve(most);
  });
  channel.once('close', () => reject(new Error('The channel was closed')));
  channel.publish('', NOWHERE, Buffer.alloc(size), {}, (refusal: unknown) => {
    // A channel that is closed fails what is under way as well; its error says why.
    if (!refusal) resolve(undefined);
  });
  return limit;
};
