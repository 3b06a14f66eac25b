import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Section } from '../lib/config/section.ts';
import { HOST_FORM, sections } from '../lib/config/variables.ts';
import { type Config, ConfigError, type Environment, readConfig } from '../lib/config.ts';
import { REQUESTS } from '../lib/protocol/messages/table.ts';
import { CHOSEN_BY_START } from './compose-variables.ts';
import { inUrl, isEverywhere, listeningHost } from './host.ts';
import { nearest } from './nearest.ts';
import { withSecretPath } from './secret-path.ts';

/** Stand in for addresses that are known only once the servers run. They are of this machine, and with a password. */
const UNKNOWN_YET = { REDIS_URL: 'redis://:unknown@127.0.0.1', RABBITMQ_URL: 'amqp://unknown:unknown@127.0.0.1' };

/**
 * @param environment - WS_ENDPOINT is taken where it is given, and HOST is what the emulated gateway listens at.
 * @param port - of that gateway.
 * @returns where functions post to connections. Other instances that share Redis and RabbitMQ post there too, so a
 *   gateway that listens everywhere goes by the machine's name. Its path is a secret: only who knows it may post.
 */
export const localEndpoint = (environment: Environment, port: number): string => {
  const { HOST = '' } = environment;
  // One that is none is named by itself, and not once more by what is made of it.
  const host = listeningHost(HOST_FORM.test(HOST) ? HOST : undefined);
  const own = `http://${isEverywhere(host) ? hostname() : inUrl(host)}:${port}`;
  return withSecretPath(environment['WS_ENDPOINT'] || own);
};

/** @returns ADMISSION_SECRET where it is given, else one of this start: no connection outlives its gateway. */
export const admissionSecret = (environment: Environment): string =>
  environment['ADMISSION_SECRET'] || randomBytes(32).toString('base64');

/** Ports that are wished for twice. */
const samePorts = ({ websocket, http, lambda }: Config['ports']): string[] => {
  const ports = Object.entries({ WS_PORT: websocket, HTTP_PORT: http, LAMBDA_PORT: lambda });
  return Object.values(Object.groupBy(ports, ([, port]) => String(port))).flatMap((same = []) => {
    if (same.length === 1) return [];
    return [`${same.map(([name]) => name).join(' and ')} are ${same[0]?.[1]}; each needs a port of its own`];
  });
};

/** Ports that `npm start` is told for what it brings. */
const serverPorts = (environment: Environment, { websocket, http, lambda }: Config['ports']): string[] =>
  [...CHOSEN_BY_START].flatMap((name) => {
    const said = environment[name];
    if (said === undefined) return [];
    const port = /^\d{1,5}$/.test(said) ? Number(said) : 0;
    if (port < 1 || port > 65_535) {
      return [`${name}=${JSON.stringify(said)} is not usable; expected a port, from 1 to 65535`];
    }
    const taken = Object.entries({ WS_PORT: websocket, HTTP_PORT: http, LAMBDA_PORT: lambda });
    return taken
      .filter(([, other]) => other === port)
      .map(([other]) => `${name} and ${other} are ${port}; each needs a port of its own`);
  });

/** Limits of types of messages that no client sends. */
const unknownTypes = ({ types: limits }: Config['rateLimits']): string[] => {
  const types = Object.keys(REQUESTS);
  return Object.keys(limits)
    .filter((type) => !types.includes(type))
    .map((type) => {
      const [meant] = nearest(type, types);
      const hint = meant === undefined ? `expected some of ${types.join(', ')}` : `is ${meant} meant?`;
      return `RATE_LIMIT_TYPES: clients send no ${type}; ${hint}`;
    });
};

/** What `npm start` brings by itself is one Redis, which no client of a cluster gets on with. */
const clusterOfNobody = ({ cluster }: Config['redis'], environment: Environment): string[] =>
  cluster && !environment['REDIS_URL']
    ? [
        'REDIS_CLUSTER=true wants REDIS_URL, the address of a Redis Cluster; npm start brings a single Redis, for which it is to be false',
      ]
    : [];

/** What a section is, where it is well: what is wrong with it is told by who reads all of them. */
const ifWell = <T>(section: Section<T>, environment: Environment): readonly T[] => {
  try {
    return [section.read(environment)];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [];
  }
};

const problemsOf = (environment: Environment): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
};

/**
 * Checks the configuration before anything is started, so that a wrong one fails at once.
 *
 * @param environment - REDIS_URL, RABBITMQ_URL, WS_ENDPOINT and ADMISSION_SECRET may be missing: `npm start` brings them.
 * @returns the settings; the addresses that were missing are made up.
 * @throws ConfigError naming every variable that is malformed, and what was expected.
 */
export const checkSettings = (environment: Environment): Config => {
  const complete = {
    ...UNKNOWN_YET,
    ...environment,
    WS_ENDPOINT: localEndpoint(environment, 3001),
    ADMISSION_SECRET: admissionSecret(environment),
  };
  const problems = [
    ...problemsOf(complete),
    ...ifWell(sections.ports, complete).flatMap(samePorts),
    ...ifWell(sections.ports, complete).flatMap((ports) => serverPorts(environment, ports)),
    ...ifWell(sections.rateLimits, complete).flatMap(unknownTypes),
    ...ifWell(sections.redis, complete).flatMap((redis) => clusterOfNobody(redis, environment)),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return readConfig(complete);
};
