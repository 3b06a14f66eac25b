/** What to do when a connection closed. */
export type AfterClosing = 'stop' | 'back-off' | 'reconnect';

/** The client broke the protocol, and would again: protocol error, unsupported data, invalid payload, no extension. */
const STOP: ReadonlySet<number> = new Set([1002, 1003, 1007, 1010]);

/** The other side went in order: normal, going away (idle, two hours, deployment), no code given, restart. */
const RECONNECT: ReadonlySet<number> = new Set([1000, 1001, 1005, 1012]);

/**
 * @param code - the close code.
 * @param lived - milliseconds the connection was open; one that is closed right away would be so again.
 */
export const afterClosing = (code: number, lived: number): AfterClosing => {
  if (STOP.has(code)) return 'stop';
  return RECONNECT.has(code) && lived >= 5_000 ? 'reconnect' : 'back-off';
};
