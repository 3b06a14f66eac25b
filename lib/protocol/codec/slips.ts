import { ProtocolError } from '../errors.ts';
import { similar } from '../similar.ts';

/** Letters from which on a name that is nearly another may be a slip: of shorter ones too many are near. */
const LONG = 6;
/** Letters of the longest name that may be one. */
const LONGEST = 24;
/** Names that are looked at: whoever makes a slip sends no hundreds. */
const MOST = 20;

/** Fields of a broadcast that may be left out, and that change who hears an event, or how, or how often. */
const OPTIONAL = ['id', 'category', 'priority', 'targetUsers'] as const;
/** How every name begins that says whom an event is for. */
const FOR_WHOM = 'target';

const meantBy = (name: string, lacking: readonly string[]): string | undefined => {
  const letters = name.toLowerCase();
  if (letters.startsWith(FOR_WHOM) && lacking.includes('targetUsers')) return 'targetUsers';
  if (name.length < LONG) return lacking.find((other) => other.toLowerCase() === letters);
  return similar(name, lacking);
};

/**
 * Refuses a broadcast with a field of an unknown name that is nearly that of one it lacks. Others are passed over; of these a
 * slip would be, too, and an event for some would be heard by all.
 *
 * @param given - names of its fields.
 * @param known - those that are not looked at.
 * @param within - what an error says before the name of a field.
 * @throws ProtocolError INVALID_MESSAGE
 */
export const refuseSlips = (given: readonly string[], known: ReadonlySet<string>, within = ''): void => {
  const unknown = given.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const lacking = OPTIONAL.filter((name) => !given.includes(name));
  for (const name of unknown.slice(0, MOST)) {
    if (name.length > LONGEST) continue;
    const meant = meantBy(name, lacking);
    if (meant !== undefined) {
      throw new ProtocolError('INVALID_MESSAGE', `${within}${name}: there is no such field; is ${meant} meant?`);
    }
  }
};
