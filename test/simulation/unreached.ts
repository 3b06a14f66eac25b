/** Calls of ports that no plan makes, each with the reason. */
export const UNREACHED: ReadonlyMap<string, string> = new Map([
  ['assembly.add', 'devices send nothing that is too large for a frame'],
  ['connections.toLookFor', 'no user has too many connections'],
  ['connections.renew', 'devices have no token'],
  ['connections.redeclare', 'devices never change what they can read'],
  ['limiter.takeHandshake', 'handshakes come to the function behind the authorizer'],
  ['sessions.isRevoked', 'devices have no token'],
  ['sessions.revoke', 'nobody revokes'],
  ['leftovers.finish', 'a plan ends before a connection that lives has been quiet for ten minutes'],
  ['leftovers.postpone', 'the same'],
]);
