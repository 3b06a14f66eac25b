/**
 * Keys of one user at one service. No other's begins in the same way: it is JSON.
 *
 * @param url - without its query, which may hold a ticket.
 */
export const keysOf = (url: string, user: string) => {
  const { protocol, host, pathname } = new URL(url);
  const scope = `realtime-sync ${JSON.stringify([protocol, host, pathname, user])} `;
  const writes = `${scope}write `;
  const publishers = `${scope}publisher `;
  return {
    writes,
    publishers,
    write: (rank: number, publisher: string, number: number) => `${writes}${rank} ${publisher} ${number}`,
    /** The rank, publisher and number in a key. */
    partsOf: (key: string) => key.slice(writes.length).split(' ') as [string, string, string],
    /** Which numbers a publisher has not used. */
    publisher: (name: string) => publishers + name,
    /** Up to which number it may have sent, and when. */
    marks: (name: string) => `${scope}sent ${name}`,
    /** Whose the publisher is. */
    lock: (name: string) => scope + name,
    /** By the version of what stands there. */
    positions: (name: string) => `${scope}positions 1 ${name}`,
  };
};

export type Keys = ReturnType<typeof keysOf>;
