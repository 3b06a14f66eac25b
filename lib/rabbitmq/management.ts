/** RabbitMQ's management interface: what AMQP neither tells nor does. Source: RabbitMQ Management HTTP API. */
export interface Management {
  /** Its address, with user and password. */
  readonly url: string;
  /** Milliseconds for an answer. */
  readonly timeout: number;
}

/**
 * Asks it something.
 *
 * @param path - of names that are encoded.
 * @param body - what is to be so, where something is to be; else it is asked what is.
 * @returns its answer; undefined where it has nothing to say.
 * @throws where it does not answer in time, or refuses.
 */
export const manage = async ({ url, timeout }: Management, path: string, body?: unknown): Promise<unknown> => {
  const { username, password, origin } = new URL(url);
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const response = await fetch(`${origin}${path}`, {
    method: body === undefined ? 'GET' : 'PUT',
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(timeout),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`RabbitMQ's management interface answered ${response.status} for ${path}`);
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
};

/** The virtual host of a broker's address, as paths have it. */
export const virtualHostOf = (brokerUrl: string): string => {
  const path = new URL(brokerUrl).pathname.slice(1);
  return path === '' ? encodeURIComponent('/') : encodeURIComponent(decodeURIComponent(path));
};
