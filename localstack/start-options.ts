import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from './usage.ts';

const USAGE = `npm start -- [OPTIONS]

Starts the service on this machine, with Redis and RabbitMQ, and stays until Ctrl-C.

  --strict       a gateway in front enforces what API Gateway does and the emulator does not
  --localstack   LocalStack beside it, with the dashboard and the alarms of a stage, fed by this service
  --env FILE     reads the settings from FILE instead of .env; the environment wins over either
  --help         says this

Settings are variables: docs/configuration.md lists them, .env.example has each with its default.`;

export interface StartOptions {
  readonly strict: boolean;
  readonly localstack: boolean;
  /** The file with the settings, beside the environment. */
  readonly env: string;
}

/**
 * @param args - of the command line, without Node and the program.
 * @returns what they say; the usage where that is asked for.
 * @throws UsageError if one is unknown, or lacks its value; Error if it names a file that is not there.
 */
export const startOptions = (args: readonly string[], ownFile: string): StartOptions | { readonly usage: string } => {
  const options = {
    strict: { type: 'boolean', default: false },
    localstack: { type: 'boolean', default: false },
    env: { type: 'string', default: ownFile },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  const { help, ...said } = UsageError.guard(USAGE, () => parseArgs({ args: [...args], options }).values);
  if (help) return { usage: USAGE };
  // The usual one may be missing. One that is named would else be as if nothing had been set.
  if (said.env !== ownFile && !existsSync(said.env)) throw new Error(`--env: there is no file ${resolve(said.env)}`);
  return said;
};
