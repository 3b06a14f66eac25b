import type { ConnectionWithSession, Directory } from '../ports/directory.ts';
import type { Gateway } from '../ports/gateway.ts';
import type { Subscriptions } from '../ports/subscriptions.ts';
import type { Channel } from '../protocol/channel.ts';
import { maySubscribe } from '../protocol/grants.ts';
import { MAX_USER_CONNECTIONS, type UserConnection } from '../protocol/open-connections.ts';
import { readPattern } from '../protocol/pattern.ts';
import { lookFor } from './look-for.ts';
import { PatternIndex } from './match/pattern-index.ts';

interface World {
  readonly gateway: Pick<Gateway, 'find'>;
  readonly directory: Pick<Directory, 'ofUser'>;
  readonly subscriptions: Pick<Subscriptions, 'held'>;
}

/** Subscriptions and grants that are named in words. */
const MOST_NAMED = 5;

/** The first of some names, and how many more there are. */
const named = (texts: readonly string[]): string => {
  const rest = texts.length - MOST_NAMED;
  const shown = texts.slice(0, MOST_NAMED).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
};

/** Which of some channels and patterns match a channel. An expression that cannot be read matches nothing. */
const matching = (texts: readonly string[], channel: Channel): readonly string[] => {
  const index = new PatternIndex(() => undefined);
  for (const text of texts) index.add(readPattern(text));
  return index.match(channel).sort();
};

const judged = (
  { shown, session }: ConnectionWithSession,
  held: readonly string[],
  channel: Channel,
): UserConnection => {
  const through = matching(held, channel);
  if (through.length > 0) return { ...shown, hears: true, why: `it is subscribed to ${named(through)}` };
  const unsubscribed =
    held.length === 0 ? 'it is subscribed to nothing' : `none of its subscriptions matches: ${named([...held].sort())}`;
  const { grants } = session;
  if (maySubscribe(grants, { kind: 'exact', text: channel.text, channel })) {
    return { ...shown, hears: false, why: unsubscribed };
  }
  const granted = grants.subscribe.length === 0 ? 'nothing' : named(grants.subscribe);
  return { ...shown, hears: false, why: `${unsubscribed}; and its token does not let it, which grants ${granted}` };
};

/**
 * The open connections of a user and, of a channel, whether each hears it and why.
 *
 * @param channel - undefined where none is asked about.
 * @param isLookedFor - whether the gateway is asked which of them it still has.
 * @throws DependencyAway
 */
export const hearingOf = async (
  { gateway, directory, subscriptions }: World,
  user: string,
  channel: Channel | undefined,
  isLookedFor = false,
): Promise<readonly UserConnection[]> => {
  const found = await directory.ofUser(user, MAX_USER_CONNECTIONS);
  const looked = isLookedFor
    ? await lookFor(
        gateway,
        found.map(({ shown: { id }, endpoint }) => ({ id, endpoint })),
      )
    : undefined;
  const shown =
    channel === undefined
      ? found.map((each): UserConnection => each.shown)
      : await Promise.all(found.map(async (each) => judged(each, await subscriptions.held(each.shown.id), channel)));
  return shown.map((each) => {
    const there = looked?.get(each.id);
    return there === undefined ? each : { ...each, there };
  });
};
