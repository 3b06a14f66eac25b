/** What to do when a connection closed. */
export type AfterClosing = 'stop' | 'back-off' | 'reconnect';

/** The client broke the protocol, and would again: protocol error, unsupported data, invalid payload, no extension. */
const STOP: ReadonlySet<number> = new Set([1002, 1003, 1007, 1010]);

/** The other side went in order: normal, going away (idle, two hours, deployment), no code given, restart. */
const RECONNECT: ReadonlySet<number> = new Set([1000, 1001, 1005, 1012]);

/** Errors before the end that say more than its code. A session that is over begins anew with a fresh token. */
const AFTER_ERROR: ReadonlyMap<string, AfterClosing> = new Map([
  ['SESSION_EXPIRED', 'reconnect'],
  ['SESSION_REVOKED', 'stop'],
]);

/**
 * @param code - the close code.
 * @param error - the code of the last error that was heard and answered no request, if any.
 * @param lived - milliseconds the connection was open; one that is closed right away would be so again.
 */
export const afterClosing = (code: number, error: string | undefined, lived: number): AfterClosing => {
  const next =
    AFTER_ERROR.get(error ?? '') ?? (STOP.has(code) ? 'stop' : RECONNECT.has(code) ? 'reconnect' : 'back-off');
  return next === 'reconnect' && lived < 5_000 ? 'back-off' : next;
};
