/** What serverless.yml itself is told of the settings on a laptop. Plain JavaScript, which the framework loads. */

import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { COMPLETE, readEnvironment } from './dotenv.ts';
import { listeningHost } from './host.ts';

const read = () => {
  if (process.env[COMPLETE]) return process.env;
  try {
    return readEnvironment(fileURLToPath(new URL('../.env', import.meta.url)), process.env);
  } catch {
    // The plugin says what is wrong with it, where it is used: what is packaged here does not depend on it.
    return process.env;
  }
};

const { HOST, WS_PORT, HTTP_PORT, LAMBDA_PORT, RABBITMQ_SHARDS, RABBITMQ_GENERATION, RABBITMQ_PREFETCH } = read();

export const host = listeningHost(HOST);
export const websocketPort = Number(WS_PORT || 3001);
export const httpPort = Number(HTTP_PORT || 3002);
export const lambdaPort = Number(LAMBDA_PORT || 3003);

export const shards = Number(RABBITMQ_SHARDS || 4);
export const generation = Number(RABBITMQ_GENERATION || 1);
export const batchSize = Number(RABBITMQ_PREFETCH || 100);
