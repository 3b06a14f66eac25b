import { type Address, renewedWhereRefused } from './address.ts';

/** RabbitMQ's management interface: what AMQP neither tells nor does. Source: RabbitMQ Management HTTP API. */
export interface Management {
  /** Its address, with user and password; where these are refused, they are looked up again. */
  readonly url: Address;
  /** Milliseconds for an answer. */
  readonly timeout: number;
}

/** It did not do what it was asked to. */
class Unmanaged extends Error {
  override readonly name = 'Unmanaged';
  readonly status: number;

  constructor(status: number, path: string) {
    super(`RabbitMQ's management interface answered ${status} for ${path}`);
    this.status = status;
  }
}

/**
 * Asks it something.
 *
 * @param path - of names that are encoded.
 * @param body - what is to be so, where something is to be; else it is asked what is.
 * @returns its answer; undefined where it has nothing to say.
 * @throws where it does not answer in time, or refuses.
 */
export const manage = ({ url: address, timeout }: Management, path: string, body?: unknown): Promise<unknown> =>
  renewedWhereRefused(
    address,
    (url) => ask(url, timeout, path, body),
    (error) => error instanceof Unmanaged && error.status === 401,
  );

const ask = async (url: string, timeout: number, path: string, body: unknown): Promise<unknown> => {
  const { username, password, origin } = new URL(url);
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const response = await fetch(`${origin}${path}`, {
    method: body === undefined ? 'GET' : 'PUT',
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(timeout),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Unmanaged(response.status, path);
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
};

/** The virtual host of a broker's address, as paths have it. */
export const virtualHostOf = (brokerUrl: string): string => {
  const path = new URL(brokerUrl).pathname.slice(1);
  return path === '' ? encodeURIComponent('/') : encodeURIComponent(decodeURIComponent(path));
};
