import type { Command } from 'commander';
import type { UserConnections } from '../../lib/protocol/open-connections.ts';
import { EXIT } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { ask, type Endpoints, withAdministration } from '../service.ts';

interface WhyOptions extends Endpoints {
  readonly user: string;
}

const NOBODY = `has no connection: nothing is sent. Its client reconnects by itself, or was refused: see the service’s log`;
const UNHEARD =
  'Nothing of the channel is sent to it. A subscribe that no grant covers is refused with FORBIDDEN: compare its token';
const HEARD =
  'What is published now is sent to it. What came before is asked for by a replay; a private event goes to those it names';

/** The command `why`: whether a user hears a channel, and why not. */
export const why = (program: Command, output: () => Output): void => {
  withAdministration(program.command('why'))
    .description('say whether a user hears a channel, and why not; for administrators')
    .argument('<channel>')
    .requiredOption('--user <name>', 'the user who hears it, or not')
    .action(async (channel: string, { user, ...service }: WhyOptions) => {
      const query = new URLSearchParams({ channel });
      const path = `/users/${encodeURIComponent(user)}/connections?${query}`;
      const { connections } = (await ask(service, path)) as UserConnections;
      for (const { id, openedAt, hears = false, why = '' } of connections) {
        const mark = hears ? 'hears it' : 'does not hear it';
        const said = `${id} (since ${new Date(openedAt).toISOString()}) ${mark}: ${why}`;
        output().say(said, { connection: id, since: openedAt, hears, why });
      }
      const heard = connections.some(({ hears }) => hears);
      if (!output().json) {
        const total = heard ? HEARD : UNHEARD;
        output().say(connections.length === 0 ? `${user} ${NOBODY}` : total, {});
      }
      process.exitCode = heard ? EXIT.done : EXIT.failed;
    });
};
