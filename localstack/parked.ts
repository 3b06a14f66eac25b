import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withEncodedCredentials } from '../lib/config/credentials.ts';
import { type ParkedMessage, ParkedQueue } from '../lib/rabbitmq/parked.ts';
import { topologyOf } from '../lib/rabbitmq/topology.ts';
import { readAddresses } from './addresses.ts';
import { readEnvironment } from './dotenv.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const USAGE = `npm run parked -- COMMAND

Messages that could not be processed, and were put aside with the reason.

  list              the oldest of them
  show ID…          everything about them
  requeue ID…       puts them back at the end of the queue they came from
  drop ID…          takes them away for good

  --all             instead of ids: all of them (requeue, drop)
  --limit N         of list: how many, 100 unless told

The broker is that of RABBITMQ_URL, in the environment or in .env, else that of the npm start which runs here.`;

const given = (url: string | undefined): string | undefined => url && withEncodedCredentials(url);

/** A mistake of the person at the keyboard; the message says everything. */
class UsageError extends Error {}

const line = ({ id, at, queue, headers, body, reason }: ParkedMessage): string =>
  [id, at ?? '-', queue ?? '-', String(headers['channel'] ?? '-'), `${body.length} B`, reason].join('  ');

const details = (message: ParkedMessage): string => {
  const { body, ...rest } = message;
  const readable = body.toString('utf8');
  const shown = Buffer.from(readable, 'utf8').equals(body) ? { body: readable } : { base64: body.toString('base64') };
  return JSON.stringify({ ...rest, ...shown }, undefined, 2);
};

const brokerUrl = (): string => {
  const url =
    given(readEnvironment(join(ROOT, '.env'), process.env)['RABBITMQ_URL']) ??
    readAddresses(join(ROOT, '.local'))?.rabbitmqUrl;
  if (url === undefined) throw new UsageError('RABBITMQ_URL is not set, and no npm start runs here.');
  return url;
};

const run = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { all: { type: 'boolean', default: false }, limit: { type: 'string', default: '100' } },
  });
  const [command, ...ids] = positionals;
  const limit = Number(values.limit);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new UsageError(`--limit ${values.limit}: expected a whole number from 1`);
  if (command === undefined || !['list', 'show', 'requeue', 'drop'].includes(command)) throw new UsageError(USAGE);
  const wantsIds = command !== 'list' && !values.all;
  if (wantsIds && ids.length === 0) throw new UsageError(`${command}: name ids, as list shows them`);
  if (values.all && ids.length > 0) throw new UsageError('Name ids or --all, not both');

  const chosen = ({ id }: ParkedMessage): boolean => values.all || ids.includes(id);
  const queue = await ParkedQueue.open(brokerUrl(), topologyOf({ shards: 1 }).parked);
  try {
    if (command === 'list') {
      const messages = await queue.list(limit);
      console.log(messages.length === 0 ? 'Nothing is parked.' : messages.map(line).join('\n'));
      return;
    }
    const all =
      command === 'show'
        ? await queue.list(Number.POSITIVE_INFINITY)
        : await queue[command as 'requeue' | 'drop'](chosen);
    const found = all.filter(chosen);
    for (const message of found) console.log(command === 'show' ? details(message) : line(message));
    if (command !== 'show') console.log(`${found.length} ${command === 'requeue' ? 'put back' : 'dropped'}`);
    const missing = ids.filter((id) => !found.some((message) => message.id === id));
    if (missing.length > 0) throw new UsageError(`Not parked: ${missing.join(', ')}`);
  } finally {
    await queue.close();
  }
};

try {
  await run();
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code;
  const refused = code === 'ECONNREFUSED' ? 'RabbitMQ does not answer at the address given.' : undefined;
  console.error(refused ?? (error as Error).message);
  process.exitCode = 1;
}
