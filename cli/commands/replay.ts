import type { Command } from 'commander';
import { timeOf } from '../../client/terminal/words.ts';
import { sayEvent } from '../event-line.ts';
import { Failure } from '../exit-code.ts';
import { wholeNumber } from '../numbers.ts';
import type { Output } from '../output.ts';
import { type Service, withClient, withService } from '../service.ts';

interface ReplayOptions extends Service {
  readonly since: string;
  readonly limit: number;
}

/** The command `replay`: says what was published. */
export const replay = (program: Command, output: () => Output): void => {
  withService(program.command('replay'))
    .description('say what was published to channels')
    .argument('<patterns...>', 'channels and patterns, such as "task:*"')
    .option('--since <time>', '30s, 5m, 2h, 7d ago, or milliseconds since 1970', '1h')
    .option('-n, --limit <number>', 'events at most', wholeNumber(1), 1_000)
    .action((patterns: readonly string[], { since, limit, ...service }: ReplayOptions) =>
      withClient(service, async (client) => {
        const subscriptions = patterns.map((pattern) => client.subscribe(pattern, () => undefined));
        await Promise.all(subscriptions.map(({ ready }) => ready));
        // A service refuses to be asked for more than it says that one answer holds.
        const most = Math.min(limit, client.connection?.limits.replay ?? limit);
        const { events, truncated, lost } = await client.replay({ since: timeOf(since, Date.now()), limit: most });
        for (const event of events) sayEvent(output(), event);
        const advice = most < limit ? 'that is what one answer of this service holds' : 'raise --limit';
        if (truncated && !output().json) console.error(`There are more than ${events.length}: ${advice}`);
        if (lost.length > 0) throw new Failure(`Something is missing of ${lost.join(', ')}`);
      }),
    );
};
