import { type Command, Option } from 'commander';
import { pagesOf } from '../../client/src/events.ts';
import type { Client, Event } from '../../client/src/index.ts';
import { timeOf } from '../../client/terminal/words.ts';
import { sayEvent } from '../event-line.ts';
import { Failure } from '../exit-code.ts';
import { wholeNumber } from '../numbers.ts';
import type { Output } from '../output.ts';
import { type Service, withClient, withService } from '../service.ts';

interface ReplayOptions extends Service {
  readonly since: string;
  readonly limit: number;
  readonly last?: number;
}

const missing = (channels: readonly string[]): Failure => new Failure(`Something is missing of ${channels.join(', ')}`);

/** Says the last events of each channel, the latest last. An answer of the service may hold fewer than are asked for. */
const sayLast = async (client: Client, channels: readonly string[], last: number, output: Output): Promise<void> => {
  const lost: string[] = [];
  for (const channel of channels) {
    const events: Event[] = [];
    const most = Math.min(last, client.connection?.limits.replay ?? last);
    for await (const page of pagesOf(client, channel, { last: most })) {
      events.unshift(...page.events);
      if (!page.recovered) lost.push(channel);
      if (events.length >= last) break;
    }
    for (const event of events.slice(-last)) sayEvent(output, event);
  }
  if (lost.length > 0) throw missing(lost);
};

/** The command `replay`: says what was published. */
export const replay = (program: Command, output: () => Output): void => {
  withService(program.command('replay'))
    .description('say what was published to channels')
    .argument('<patterns...>', 'channels and patterns, such as "task:*"')
    .option('--since <time>', '30s, 5m, 2h, 7d ago, or milliseconds since 1970', '1h')
    .option('-n, --limit <number>', 'events at most', wholeNumber(1), 1_000)
    .addOption(
      new Option('--last <number>', 'the last events of each channel instead, so many at most; a pattern has none')
        .argParser(wholeNumber(1))
        .conflicts(['since', 'limit']),
    )
    .action((patterns: readonly string[], { since, limit, last, ...service }: ReplayOptions) =>
      withClient(service, async (client) => {
        if (last !== undefined) {
          await sayLast(client, patterns, last, output());
          return;
        }
        const subscriptions = patterns.map((pattern) => client.subscribe(pattern, () => undefined));
        await Promise.all(subscriptions.map(({ ready }) => ready));
        // A service refuses to be asked for more than it says that one answer holds.
        const most = Math.min(limit, client.connection?.limits.replay ?? limit);
        const { events, truncated, lost } = await client.replay({ since: timeOf(since, Date.now()), limit: most });
        for (const event of events) sayEvent(output(), event);
        const advice = most < limit ? 'that is what one answer of this service holds' : 'raise --limit';
        if (truncated && !output().json) console.error(`There are more than ${events.length}: ${advice}`);
        if (lost.length > 0) throw missing(lost);
      }),
    );
};
