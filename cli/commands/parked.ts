import { join } from 'node:path';
import type { Command } from 'commander';
import { withEncodedCredentials } from '../../lib/config/credentials.ts';
import { type ParkedMessage, ParkedQueue } from '../../lib/rabbitmq/parked.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { readAddresses } from '../../localstack/addresses.ts';
import { Failure } from '../exit-code.ts';
import { settingsHere } from '../here.ts';
import { wholeNumber } from '../numbers.ts';
import type { Output } from '../output.ts';
import { ROOT } from '../root.ts';

const brokerUrl = (): string => {
  const given = settingsHere()['RABBITMQ_URL'];
  const url = given ? withEncodedCredentials(given) : readAddresses(join(ROOT, '.local'))?.rabbitmqUrl;
  if (url === undefined) throw new Failure('RABBITMQ_URL is not set, and no npm start runs here.');
  return url;
};

const line = ({ id, at, queue, headers, body, reason }: ParkedMessage): string =>
  [id, at ?? '-', queue ?? '-', String(headers['channel'] ?? '-'), `${body.length} B`, reason].join('  ');

/** The message as JSON has it: its body as text where it is one, else in Base64. */
const readable = ({ body, ...rest }: ParkedMessage): Readonly<Record<string, unknown>> => {
  const text = body.toString('utf8');
  const shown = Buffer.from(text, 'utf8').equals(body) ? { body: text } : { base64: body.toString('base64') };
  return { ...rest, ...shown };
};

const onQueue = async <T>(use: (queue: ParkedQueue) => Promise<T>): Promise<T> => {
  let queue: ParkedQueue;
  try {
    queue = await ParkedQueue.open(brokerUrl(), topologyOf({ shards: 1 }).parked);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    throw new Failure('RabbitMQ does not answer at the address given.');
  }
  try {
    return await use(queue);
  } finally {
    await queue.close();
  }
};

const assertFound = (ids: readonly string[], found: readonly ParkedMessage[]): void => {
  const missing = ids.filter((id) => !found.some((message) => message.id === id));
  if (missing.length > 0) throw new Failure(`Not parked: ${missing.join(', ')}`);
};

/** The command `parked`: what could not be processed, and was put aside with the reason. */
export const parked = (program: Command, output: () => Output): void => {
  const command = program
    .command('parked')
    .description('messages that could not be processed, and were put aside with the reason')
    .addHelpText(
      'after',
      '\nThe broker is that of RABBITMQ_URL, in the environment or in .env, else that of the npm start which runs here.',
    );

  command
    .command('list', { isDefault: true })
    .description('the oldest of them; so also without a word')
    .option('--limit <number>', 'how many', wholeNumber(1), 100)
    .action(({ limit }: { readonly limit: number }) =>
      onQueue(async (queue) => {
        const messages = await queue.list(limit);
        for (const message of messages) output().say(line(message), readable(message));
        if (messages.length === 0 && !output().json) output().say('Nothing is parked.', []);
      }),
    );

  command
    .command('show')
    .description('everything about some of them')
    .argument('<ids...>', 'as list shows them')
    .action((ids: readonly string[]) =>
      onQueue(async (queue) => {
        const found = (await queue.list(Number.POSITIVE_INFINITY)).filter(({ id }) => ids.includes(id));
        for (const message of found) output().say(JSON.stringify(readable(message), undefined, 2), readable(message));
        assertFound(ids, found);
      }),
    );

  const moving = (name: 'requeue' | 'drop', description: string, done: string): void => {
    command
      .command(name)
      .description(description)
      .argument('[ids...]', 'as list shows them')
      .option('--all', 'all of them, instead of some', false)
      .action((ids: readonly string[], { all }: { readonly all: boolean }, own: Command) => {
        if (!all && ids.length === 0) own.error(`${name}: name ids, as list shows them`);
        if (all && ids.length > 0) own.error('Name ids or --all, not both');
        return onQueue(async (queue) => {
          const found = await queue[name](({ id }) => all || ids.includes(id));
          for (const message of found) output().say(line(message), readable(message));
          if (!output().json) output().say(`${found.length} ${done}`, {});
          assertFound(ids, found);
        });
      });
  };
  moving('requeue', 'puts them back at the end of the queue they came from', 'put back');
  moving('drop', 'takes them away for good', 'dropped');
};
