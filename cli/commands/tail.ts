import type { Command } from 'commander';
import { timeOf } from '../../client/terminal/words.ts';
import { sayEvent } from '../event-line.ts';
import { Failure } from '../exit-code.ts';
import { wholeNumber } from '../numbers.ts';
import type { Output } from '../output.ts';
import { type Service, withClient, withService } from '../service.ts';

interface TailOptions extends Service {
  readonly since?: string;
  readonly count?: number;
}

/** The command `tail`: says what is published, until it is interrupted or has said enough. */
export const tail = (program: Command, output: () => Output): void => {
  withService(program.command('tail'))
    .description('say what is published to channels, as it is')
    .argument('<patterns...>', 'channels and patterns, such as "task:*"')
    .option('--since <time>', 'begin with what was published since: 30s, 5m, 2h, 7d, or milliseconds since 1970')
    .option('-n, --count <number>', 'end after so many events', wholeNumber(1))
    .action((patterns: readonly string[], { since, count = Number.POSITIVE_INFINITY, ...service }: TailOptions) =>
      withClient(service, async (client) => {
        const from = since === undefined ? {} : { replay: { since: timeOf(since, Date.now()) } };
        let said = 0;
        const ended = new Promise<void>((resolve, reject) => {
          for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
          client.on('gap', ({ channel }) =>
            output().say(`! Events of ${channel ?? 'some channels'} are missing`, { gap: channel ?? null }),
          );
          for (const pattern of patterns) {
            const subscription = client.subscribe(
              pattern,
              (event) => {
                if (said >= count) return;
                sayEvent(output(), event);
                if (++said >= count) resolve();
              },
              from,
            );
            subscription.ready.catch((error: Error) => reject(new Failure(`${pattern}: ${error.message}`)));
          }
        });
        await ended;
      }),
    );
};
