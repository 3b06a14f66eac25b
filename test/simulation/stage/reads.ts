/** Members of ports that change nothing. Whoever asks where a history stands that does not exist has its epoch foretold. */
const READS: ReadonlySet<string> = new Set([
  ...['constructor', 'time', 'activeChannels', 'privateChannels', 'missing', 'confirm', 'count'],
  ...['held', 'changes', 'listeners', 'isRevoked', 'due', 'unclosed', 'loadCursor', 'refuse', 'owe', 'countOf'],
  ...['find', 'page', 'waiting', 'age', 'untold', 'all', 'listen', 'ring', 'remembered'],
]);

/** @param member - of any port */
export const isRead = (member: string | symbol): boolean => READS.has(String(member));

/** More that changes nothing which takes memory, though a replica has to do it too. */
const TAKES_NOTHING: ReadonlySet<string> = new Set(['read', 'positions', 'round']);

/** @param call - the name of a port with that of a member */
export const isReading = (call: string): boolean => {
  const member = call.slice(call.lastIndexOf('.') + 1);
  return isRead(member) || TAKES_NOTHING.has(member);
};
