import type { Command } from 'commander';
import { matcherOf } from '../../client/src/match/matcher.ts';
import type { OpenConnection, OpenConnectionsPage } from '../../lib/protocol/open-connections.ts';
import { EXIT } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { ask, type Service, withAddress } from '../service.ts';

/** Connections of one page. */
const PAGE = 1_000;

/** What is said of one connection: whether it hears a channel, and why. */
interface Verdict {
  readonly connection: string;
  readonly since: number;
  readonly hears: boolean | 'unknown';
  readonly why: string;
}

const hears = (text: string, channel: string): boolean => {
  try {
    return matcherOf(text)(channel);
  } catch {
    // An expression that only the service can read.
    return false;
  }
};

/** @returns whether a connection hears a channel, by the subscriptions that are shown of it. */
export const verdictOn = (connection: OpenConnection, channel: string): Verdict => {
  const { id, openedAt, subscriptions, subscriptionCount } = connection;
  const about = { connection: id, since: openedAt };
  const through = subscriptions.filter((text) => hears(text, channel));
  if (through.length > 0) return { ...about, hears: true, why: `it is subscribed to ${through.join(', ')}` };
  if (subscriptionCount === 0) return { ...about, hears: false, why: 'it is subscribed to nothing' };
  if (subscriptionCount > subscriptions.length) {
    const shown = `none of ${subscriptions.length} of its ${subscriptionCount} subscriptions matches`;
    return { ...about, hears: 'unknown', why: `${shown}; the others are not shown` };
  }
  return { ...about, hears: false, why: `none of its subscriptions matches: ${subscriptions.join(', ')}` };
};

const connectionsOf = async (service: Omit<Service, 'user'>, user: string): Promise<readonly OpenConnection[]> => {
  const found: OpenConnection[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await ask(service, `/connections?limit=${PAGE}${from}`)) as OpenConnectionsPage;
    found.push(...page.connections.filter((connection) => connection.user === user));
    cursor = page.next;
  }
  return found;
};

const NOBODY = `has no connection: nothing is sent. Its client reconnects by itself, or was refused: see the service’s log`;
const UNHEARD =
  'Nothing of the channel is sent to it. A subscribe that no grant covers is refused with FORBIDDEN: compare its token';
const HEARD =
  'What is published now is sent to it. What came before is asked for by a replay; a private event goes to those it names';

/** The command `why`: whether a user hears a channel, and why not. */
export const why = (program: Command, output: () => Output): void => {
  withAddress(program.command('why'))
    .description('say whether a user hears a channel, and why not; for administrators')
    .argument('<channel>')
    .requiredOption('--user <name>', 'the user who hears it, or not')
    .action(async (channel: string, { user, ...service }: Service) => {
      const connections = await connectionsOf(service, user);
      const verdicts = connections.map((connection) => verdictOn(connection, channel));
      for (const verdict of verdicts) {
        const mark = { true: 'hears it', false: 'does not hear it', unknown: 'may hear it' }[String(verdict.hears)];
        const since = new Date(verdict.since).toISOString();
        output().say(`${verdict.connection} (since ${since}) ${mark}: ${verdict.why}`, verdict);
      }
      const heard = verdicts.some((verdict) => verdict.hears !== false);
      if (!output().json) {
        const total = heard ? HEARD : UNHEARD;
        output().say(connections.length === 0 ? `${user} ${NOBODY}` : total, {});
      }
      process.exitCode = heard ? EXIT.done : EXIT.failed;
    });
};
