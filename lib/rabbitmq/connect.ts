import amqp, { type ChannelModel, type SocketOptions } from 'amqplib';
import { type Address, renewedWhereRefused } from './address.ts';

/** The library words it so, in the midst of what the broker said. */
const isBadCredentials = (error: unknown): boolean =>
  error instanceof Error && /\bACCESS.REFUSED\b/.test(error.message);

/**
 * Connects to a broker. The library reads the credentials of an address byte by byte, so that `größe` became another word;
 * they are given to it as they are meant.
 *
 * @param address - of the broker, with user and password; where these are refused, they are looked up again.
 * @throws where it does not answer, or refuses them.
 */
export const connectTo = (address: Address, options: SocketOptions): Promise<ChannelModel> =>
  renewedWhereRefused(address, (url) => dial(url, options), isBadCredentials);

const dial = (url: string, options: SocketOptions): Promise<ChannelModel> => {
  const { username, password } = new URL(url);
  if (username === '') return amqp.connect(url, options);
  const credentials = amqp.credentials.plain(decodeURIComponent(username), decodeURIComponent(password));
  return amqp.connect(url, { ...options, credentials });
};
