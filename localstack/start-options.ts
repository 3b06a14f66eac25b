import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from './usage.ts';

const USAGE = `npm start -- [OPTIONS]

Starts the service on this machine, with Redis and RabbitMQ, and stays until Ctrl-C.

  --lenient      without the gateway in front, which enforces what API Gateway does and the emulator does not
  --localstack   LocalStack beside it, with the dashboard and the alarms of a stage, fed by this service
  --env FILE     reads the settings from FILE instead of .env; the environment wins over either
  --help         says this

Settings are variables: docs/configuration.md lists them, .env.example has each with its default.`;

export interface StartOptions {
  /** Whether a gateway in front enforces what API Gateway does. */
  readonly strict: boolean;
  readonly localstack: boolean;
  /** The file with the settings, beside the environment. */
  readonly env: string;
}

/**
 * @param args - of the command line, without Node and the program.
 * @returns what they say; the strict gateway, unless they say otherwise; the usage where that is asked for.
 * @throws UsageError if one is unknown, lacks its value, or contradicts another; Error if it names a file that is not there.
 */
export const startOptions = (args: readonly string[], ownFile: string): StartOptions | { readonly usage: string } => {
  const options = {
    lenient: { type: 'boolean', default: false },
    // What it is anyway: it had to be asked for once.
    strict: { type: 'boolean', default: false },
    localstack: { type: 'boolean', default: false },
    env: { type: 'string', default: ownFile },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  const { help, strict, lenient, ...said } = UsageError.guard(
    USAGE,
    () => parseArgs({ args: [...args], options }).values,
  );
  if (help) return { usage: USAGE };
  if (strict && lenient) throw new UsageError('--strict and --lenient contradict each other', USAGE);
  // The usual one may be missing. One that is named would else be as if nothing had been set.
  if (said.env !== ownFile && !existsSync(said.env)) throw new Error(`--env: there is no file ${resolve(said.env)}`);
  return { ...said, strict: !lenient };
};
