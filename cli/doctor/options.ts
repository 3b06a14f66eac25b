import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { parameterOf, settings } from '../../lib/config/reference.ts';
import { similar } from '../../lib/protocol/similar.ts';
import { UsageError } from '../../localstack/usage.ts';
import { addressesHere } from '../here.ts';
import { CHECK_NAMES } from './doctor.ts';
import type { VisitOptions } from './visit.ts';

const USAGE = `npm run doctor -- --url URL [OPTIONS]

Has a conversation with a stage, deployed or local, and says of each thing whether it is as it should be.

  --url URL            the address of the WebSocket API, with its stage path; that of \`npm start\` here,
                       by WS_PORT, unless given
  --http URL           the address of the HTTP endpoints; of \`npm start\` here that of HTTP_PORT, and of another
                       service on this machine the next port
  --token TOKEN        a token that may subscribe to and publish beneath the prefix; @FILE reads it from a file
  --key KEY            the administrator's key, for settings and numbers; @FILE reads it from a file
  --user NAME          the name to go by where names are taken on trust; doctor unless given
  --channel PREFIX     what the channels begin with that it publishes to; doctor unless given
  --param NAME=VALUE   a parameter as it was given to the deployment, to be compared; any number of them
  --only CHECK         looks at this alone, and at what it needs; any number of them, by the names it says
  --patience SECONDS   how long anything may take; 20 unless given
  --json               all findings as JSON
  --help               says this

It exits with 1 where something failed, and with 2 where it was called wrongly. It publishes some hundred events to
channels of its own, which stay in their histories for the retention.`;

const address = (usage: string, option: string, protocols: readonly string[], text: string): string => {
  if (protocols.includes(URL.parse(text)?.protocol ?? '')) return text;
  throw new UsageError(`${option}: expected ${protocols.map((each) => `${each}//…`).join(' or ')}`, usage);
};

const secretOf = (option: string, text: string | undefined): string | undefined => {
  if (!text?.startsWith('@')) return text;
  try {
    return readFileSync(text.slice(1), 'utf8').trim();
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`, USAGE);
  }
};

const known = new Map([...settings.values()].map((setting) => [parameterOf(setting), setting]));

const parameterIn = (text: string): [name: string, value: string] => {
  const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  const setting = known.get(name);
  if (setting === undefined) {
    const meant = similar(
      name,
      [...known.keys()].flatMap((each) => each ?? []),
    );
    const hint = meant === undefined ? 'docs/configuration.md lists those that can be compared' : `is ${meant} meant?`;
    throw new UsageError(`--param: there is no setting ${name || text}; ${hint}`, USAGE);
  }
  if (!v.is(setting.schema, value)) throw new UsageError(`--param: ${name}: expected ${setting.expected}`, USAGE);
  return [name, value];
};

/** Names of this machine, as a URL has them. */
const HERE = ['localhost', '127.0.0.1', '[::1]'];

/** Where `npm start` has the HTTP endpoints. */
const httpBeside = (url: string): string | undefined => {
  const { protocol, hostname, port } = new URL(url);
  return protocol === 'ws:' && HERE.includes(hostname) ? `http://${hostname}:${Number(port || 80) + 1}` : undefined;
};

/** Where a stage is that is asked for by its address, or that of this clone. */
const placeOf = (given: string | undefined): { readonly url: string; readonly http: string | undefined } => {
  if (given === undefined) return addressesHere();
  const url = address(USAGE, '--url', ['ws:', 'wss:'], given);
  return { url, http: httpBeside(url) };
};

/**
 * @param args - of the command line, without Node and the program.
 * @returns what they say; the usage where that is asked for.
 * @throws UsageError
 * @throws ConfigError where no address is given, and the settings of this clone are not usable.
 */
export const doctorOptions = (
  args: readonly string[],
): { readonly usage: string } | { readonly visit: VisitOptions; readonly json: boolean } => {
  const options = {
    url: { type: 'string' },
    http: { type: 'string' },
    token: { type: 'string' },
    key: { type: 'string' },
    user: { type: 'string', default: 'doctor' },
    channel: { type: 'string', default: 'doctor' },
    param: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    patience: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  const said = UsageError.guard(USAGE, () => parseArgs({ args: [...args], options }).values);
  if (said.help) return { usage: USAGE };
  const { url, http: beside } = placeOf(said.url);
  const http = said.http === undefined ? beside : address(USAGE, '--http', ['http:', 'https:'], said.http);
  if (!/^\d{1,3}$/.test(said.patience) || Number(said.patience) === 0) {
    throw new UsageError('--patience: expected seconds, from 1 to 999', USAGE);
  }
  const unknown = said.only?.find((name) => !CHECK_NAMES.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--only: there is no check ${unknown}; there are ${CHECK_NAMES.join(', ')}`, USAGE);
  }
  return {
    json: said.json,
    visit: {
      url,
      http,
      token: secretOf('--token', said.token),
      key: secretOf('--key', said.key),
      user: said.user,
      channel: said.channel,
      parameters: Object.fromEntries((said.param ?? []).map(parameterIn)),
      ...(said.only === undefined ? {} : { only: said.only }),
      patience: Number(said.patience) * 1_000,
      now: Date.now,
    },
  };
};
