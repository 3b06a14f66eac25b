import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { expressions } from '../client/src/expressions.ts';
import { type Client, connect } from '../client/src/index.ts';
import { Failure } from './exit-code.ts';
import { addressesHere } from './here.ts';

/** Where the service is, and who asks. */
export interface Service {
  readonly url: string;
  readonly user: string;
  readonly token?: string;
}

/** Where its HTTP endpoints are, and who asks. */
export interface Endpoints {
  readonly http: string;
  readonly token?: string;
  /** The administrator's. */
  readonly key?: string;
}

const addressOf =
  (...protocols: readonly string[]) =>
  (text: string): string => {
    if (protocols.includes(URL.parse(text)?.protocol ?? '')) return text;
    throw new InvalidArgumentError(`Expected ${protocols.map((each) => `${each}//…`).join(' or ')}.`);
  };

const secretIn = (text: string): string => {
  if (!text.startsWith('@')) return text;
  try {
    return readFileSync(text.slice(1), 'utf8').trim();
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

/** Gives a command the options that say where the service is: that of `npm start`, unless they are given. */
const withAddress = (command: Command, asked: 'url' | 'http'): Command =>
  command
    .option(
      '--url <url>',
      'address of the service; that of npm start here, by WS_PORT, unless given',
      addressOf('ws:', 'wss:'),
    )
    .option(
      '--http <url>',
      'address of its HTTP endpoints; those of npm start here, by HTTP_PORT, unless given',
      addressOf('http:', 'https:'),
    )
    .option('--token <token>', 'token that says who asks; @FILE reads it from a file', secretIn)
    .hook('preAction', (_, acting) => {
      // No earlier: help and completion are for those as well who have a setting wrong.
      if (acting.opts()[asked] === undefined) acting.setOptionValue(asked, addressesHere()[asked]);
    });

/** The name by which a command goes where names are taken on trust, unless it is given another. */
const OWN_NAME = 'cli';

/** Gives a command that asks the HTTP endpoints the options that say where they are, and who asks. */
const withEndpoints = (command: Command): Command => withAddress(command, 'http');

/** Gives a command of administrators the same, and the option with the key that stands for a token of theirs. */
export const withAdministration = (command: Command): Command =>
  withEndpoints(command).option('--key <key>', 'the administrator’s key; @FILE reads it from a file', secretIn);

/** Gives a command that connects the options that say where the service is, who asks, and by which name to go. */
export const withService = (command: Command): Command =>
  withAddress(command, 'url').option('--user <name>', 'name to go by, where names are taken on trust', OWN_NAME);

/** Connects, does something, and closes. @throws Failure where there is no service, or it lets nobody in. */
export const withClient = async <T>({ url, user, token }: Service, use: (client: Client) => Promise<T>): Promise<T> => {
  const client = connect({ url, user, expressions, ...(token === undefined ? {} : { token: () => token }) });
  try {
    const refused = new Promise<never>((_, reject) => {
      client.on('error', (error) => {
        if (client.connection === undefined) reject(new Failure(`${url}: ${(error as Error).message}`));
      });
    });
    await Promise.race([client.connected(), refused]);
    return await use(client);
  } finally {
    client.close();
  }
};

/** Asks an HTTP endpoint. @throws Failure for any answer but one that is well. */
export const ask = async ({ http, token, key }: Endpoints, path: string): Promise<unknown> => {
  const url = new URL(path, http);
  if (token === undefined) url.searchParams.set('user', OWN_NAME);
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(key === undefined ? {} : { 'x-api-key': key }),
  };
  let response: Response;
  try {
    response = await fetch(url, { headers });
  } catch (error) {
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    throw new Failure(`${url.origin} does not answer (${cause?.code ?? (error as Error).message})`);
  }
  const text = await response.text();
  if (!response.ok) throw new Failure(`${url.origin}${url.pathname} answers ${response.status}: ${text}`);
  return JSON.parse(text);
};
