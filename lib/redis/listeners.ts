import type { Connection } from '../ports/connection.ts';
import { capabilitiesText, parseCapabilities } from '../protocol/capabilities.ts';

/**
 * A listener as a member of the audience of a channel or pattern. It carries what the fan-out needs, so that nothing is
 * looked up per listener. Neither id, endpoint nor capabilities have a space, and an id has no character below `!`: so
 * members stand in the order of ids, and a range of members is what belongs to one id.
 */
export const encodeListener = ({ id, endpoint, capabilities, user }: Connection): string =>
  `${id} ${endpoint} ${capabilitiesText(capabilities)} ${user}`;

/** Reads what {@link encodeListener} wrote. */
export const decodeListener = (member: string): Connection => {
  const first = member.indexOf(' ');
  const second = member.indexOf(' ', first + 1);
  const third = member.indexOf(' ', second + 1);
  return {
    id: member.slice(0, first),
    endpoint: member.slice(first + 1, second),
    capabilities: parseCapabilities(member.slice(second + 1, third)),
    user: member.slice(third + 1),
  };
};

/** The members of one connection, as the bounds of a range by members. */
export const membersOf = (id: string): [from: string, to: string] => [`[${id} `, `(${id}!`];

/** Where the members behind those of a connection begin; of undefined, where all begin. */
export const behind = (id: string | undefined): string => (id === undefined ? '-' : `[${id}!`);
