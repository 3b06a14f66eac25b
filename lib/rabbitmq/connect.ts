import amqp, { type ChannelModel, type SocketOptions } from 'amqplib';

/**
 * Connects to a broker. The library reads the credentials of an address byte by byte, so that `größe` became another word;
 * they are given to it as they are meant.
 *
 * @param url - its address, with user and password.
 * @throws where it does not answer, or refuses them.
 */
export const connectTo = (url: string, options: SocketOptions): Promise<ChannelModel> => {
  const { username, password } = new URL(url);
  if (username === '') return amqp.connect(url, options);
  const credentials = amqp.credentials.plain(decodeURIComponent(username), decodeURIComponent(password));
  return amqp.connect(url, { ...options, credentials });
};
