import type { Connection } from '../ports/connection.ts';
import { capabilitiesText, parseCapabilities } from '../protocol/capabilities.ts';

/**
 * A listener as a member of the audience of a channel or pattern. It carries what the fan-out needs, so that nothing is
 * looked up per listener. Neither id, endpoint nor capabilities have a space, and an id has no character below `!`: so
 * members stand in the order of ids, and a range of members is what belongs to one id.
 *
 * @param version - of the change by which it listens, or as which it does; it stands behind the capabilities like one
 *   more, where a reader that does not know it passes it over.
 */
export const encodeListener = ({ id, endpoint, capabilities, user }: Connection, version: string): string =>
  `${id} ${endpoint} ${capabilitiesText(capabilities)},@${version} ${user}`;

/** Reads what {@link encodeListener} wrote, now or before there were versions. */
export const decodeListener = (member: string): Connection => {
  const first = member.indexOf(' ');
  const second = member.indexOf(' ', first + 1);
  const third = member.indexOf(' ', second + 1);
  const version = member.indexOf(',@', second + 1);
  const end = version === -1 || version > third ? third : version;
  return {
    id: member.slice(0, first),
    endpoint: member.slice(first + 1, second),
    capabilities: parseCapabilities(member.slice(second + 1, end)),
    user: member.slice(third + 1),
  };
};

/** Where the members behind those of a connection begin; of undefined, where all begin. */
export const behind = (id: string | undefined): string => (id === undefined ? '-' : `[${id}!`);
