import type { Broadcast } from '../ports/broadcast.ts';
import type { History, HistoryName } from '../ports/history.ts';
import { hasNumber, publishedBy, type Remembered, WINDOW } from '../ports/sequence.ts';
import { ProtocolError } from '../protocol/errors.ts';
import type { BroadcastRequest } from '../protocol/messages/broadcast.ts';
import { type Outcome, type PublishWorld, publishInOrder } from './publish-in-order.ts';

/** Milliseconds by which the clocks of those who publish may differ. */
const APART = 60_000;

/** A broadcast on its way, and what its client said. */
export interface Request {
  readonly message: Pick<BroadcastRequest, 'sequence'>;
  readonly accepted: Broadcast;
}

interface World extends PublishWorld {
  readonly history: Pick<History, 'remembered'>;
}

type Given = NonNullable<BroadcastRequest['sequence']>;

/** What a history says of a write: whether it was appended there, or would be known to be, or what speaks against it. */
type Verdict = 'new' | 'appended' | 'used' | 'unknown';

const verdictOn = ({ numbers, since }: Remembered, { number, sent }: Given): Verdict => {
  if (numbers !== undefined && hasNumber(numbers, number)) {
    return sent === undefined || sent > publishedBy(numbers, number) + APART ? 'used' : 'appended';
  }
  if (sent === undefined || (numbers !== undefined && number >= numbers.from)) return 'new';
  // Of what is so far behind it is not remembered whether it was appended.
  const isBehind = numbers !== undefined && number < numbers.highest - WINDOW;
  return sent > since + APART && !isBehind ? 'new' : 'unknown';
};

const historiesOf = ({ channel: { text: channel }, targetUsers }: Broadcast): readonly HistoryName[] =>
  targetUsers === undefined ? [{ channel }] : [...new Set(targetUsers)].map((user) => ({ channel, user }));

const REFUSALS = {
  unknown: () =>
    new ProtocolError(
      'SEQUENCE_UNKNOWN',
      'Whether the broadcast was published before is not remembered any more; it was not published now',
    ),
  used: () =>
    new ProtocolError('SEQUENCE_USED', 'The number was used for another broadcast; this one was not published'),
};

/** What becomes of a write by what is remembered; undefined where it is to be published. */
const outcomeOf = (verdicts: readonly Verdict[]): Outcome | undefined => {
  for (const refusal of ['unknown', 'used'] as const) {
    if (verdicts.includes(refusal)) return { isTaken: false, error: REFUSALS[refusal]() };
  }
  return verdicts.includes('new') ? undefined : { isTaken: true };
};

/** What becomes of each of them at the door; undefined of those that are to be published. */
const atTheDoor = async (
  { history }: World,
  requests: readonly Request[],
): Promise<ReadonlyMap<Broadcast, Outcome>> => {
  const numbered = requests.flatMap(({ message: { sequence }, accepted }) =>
    sequence === undefined ? [] : [{ sequence, accepted, histories: historiesOf(accepted) }],
  );
  if (numbered.length === 0) return new Map();
  const asked = numbered.flatMap(({ sequence: { publisher }, accepted: { userId = '' }, histories }) =>
    histories.map((name) => ({ name, publisher: { user: userId, publisher } })),
  );
  try {
    const remembered = (await history.remembered(asked)).values();
    return new Map(
      numbered.flatMap(({ sequence, accepted, histories }) => {
        const verdicts = histories.map(() => verdictOn(remembered.next().value as Remembered, sequence));
        const outcome = outcomeOf(verdicts);
        return outcome === undefined ? [] : [[accepted, outcome] as const];
      }),
    );
  } catch (error) {
    // Nothing of these channels overtakes what is to be repeated.
    const channels = new Set(numbered.map(({ accepted }) => accepted.channel.text));
    const held = requests.filter(({ accepted }) => channels.has(accepted.channel.text));
    return new Map(held.map(({ accepted }) => [accepted, { isTaken: false, error }]));
  }
};

/**
 * Publishes broadcasts that came together, as `publishInOrder` does. Of those with a sequence it is asked first whether they
 * were appended before: what was is taken already, and what may have been, but is not remembered, is refused.
 *
 * @returns what became of each, in the given order; a ProtocolError SEQUENCE_UNKNOWN or SEQUENCE_USED of what is refused.
 */
export const publishNumbered = async (world: World, requests: readonly Request[]): Promise<readonly Outcome[]> => {
  const settled = await atTheDoor(world, requests);
  const left = requests.map(({ accepted }) => accepted).filter((accepted) => !settled.has(accepted));
  const published = (await publishInOrder(world, left)).values();
  return requests.map(({ accepted }) => settled.get(accepted) ?? (published.next().value as Outcome));
};
