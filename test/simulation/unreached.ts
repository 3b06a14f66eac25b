/** Calls of ports that no plan makes, each with the reason. */
export const UNREACHED: ReadonlyMap<string, string> = new Map([
  ['assembly.add', 'devices send nothing that is too large for a frame'],
  ['connections.redeclare', 'devices never change what they can read'],
  ['leftovers.finish', 'a plan ends before a connection that lives has been quiet for ten minutes'],
  ['leftovers.postpone', 'the same'],
]);
