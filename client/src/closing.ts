/** What to do when a connection closed. */
export type AfterClosing = 'stop' | 'back-off' | 'reconnect';

/** The client broke the protocol, and would again: protocol error, unsupported data, invalid payload, no extension. */
const STOP: readonly number[] = [1002, 1003, 1007, 1010];

/** The other side went in order: normal, going away (idle, two hours, deployment), no code given, restart. */
const RECONNECT: readonly number[] = [1000, 1001, 1005, 1012];

/**
 * @param code - the close code.
 * @param error - the code of the last error that was heard and answered no request, if any.
 * @param lived - milliseconds the connection was open; one that is closed right away would be so again.
 */
export const afterClosing = (code: number, error: string | undefined, lived: number): AfterClosing => {
  // A session that is over begins anew with a fresh token, whatever the code.
  const isOver = error === 'SESSION_EXPIRED';
  if (error === 'SESSION_REVOKED' || (!isOver && STOP.includes(code))) return 'stop';
  return lived >= 5_000 && (isOver || RECONNECT.includes(code)) ? 'reconnect' : 'back-off';
};
