/** Connections a second that a service which has just started takes with ease; API Gateway takes 500. */
const RATE = 200;

/** Milliseconds over which even a few are spread. */
const LEAST_SPREAD = 1_000;

/**
 * When a client is to come back that is sent away together with others: each draws its own time, so that they do not
 * come back together.
 *
 * @param clients - how many are sent away.
 * @param chance - from 0 (inclusive) to 1 (exclusive), drawn for this client.
 * @returns milliseconds.
 */
export const comeBackAfter = (clients: number, chance: number): number =>
  Math.floor(chance * Math.max(LEAST_SPREAD, (clients / RATE) * 1_000));
