import type { Command } from 'commander';
import { Option } from 'commander';
import { dataOf } from '../../client/terminal/words.ts';
import { PRIORITIES, type Priority } from '../../lib/protocol/priority.ts';
import type { Output } from '../output.ts';
import { type Service, withClient, withService } from '../service.ts';

interface PublishOptions extends Service {
  readonly id?: string;
  readonly priority?: Priority;
  readonly category?: string;
  readonly to?: readonly string[];
}

/** The command `publish`: publishes to a channel, and ends once the service has it safe. */
export const publish = (program: Command, output: () => Output): void => {
  withService(program.command('publish'))
    .description('publish to a channel')
    .argument('<channel>')
    .argument('<data>', 'JSON, else a text')
    .option('--id <id>', 'idempotency key: what is published again with it is published once')
    .addOption(new Option('--priority <priority>', 'what replays filter by').choices(PRIORITIES))
    .option('--category <category>', 'what replays filter by')
    .option('--to <users...>', 'the users who alone may hear it')
    .action((channel: string, data: string, { to, ...options }: PublishOptions) =>
      withClient(options, async (client) => {
        const { id, priority, category } = options;
        const chosen = Object.entries({ id, priority, category, targetUsers: to });
        const about = Object.fromEntries(chosen.filter(([, value]) => value !== undefined));
        const published = await client.broadcast(channel, dataOf(data), about);
        output().say(`Published ${published.id}`, published);
      }),
    );
};
