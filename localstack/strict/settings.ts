/** What the gateway enforces, and how it misbehaves. Durations in milliseconds, sizes in bytes. */
export interface StrictSettings {
  /** The largest frame, in either direction; also the largest post. */
  readonly frameSize: number;
  /** The largest message of a client, in however many frames. */
  readonly messageSize: number;
  /** The request line of a handshake and the values of its headers, a token among them. */
  readonly headerSize: number;
  /** How long a connection may be silent in both directions. */
  readonly idle: number;
  /** How long a connection may live. */
  readonly life: number;
  /** Requests a second, of all kinds together, and how many may come at once. */
  readonly rate: number;
  readonly burst: number;
  /** What may lie unsent for one client; beyond it posts are refused. */
  readonly backlog: number;
  /** Added to every post. */
  readonly latency: number;
  /** Every message of a client waits for a random time up to this, so that invocations overtake each other. */
  readonly reorder: number;
  /** The share of connections, 0 to 1, whose end no function is told of. */
  readonly lostDisconnects: number;
  /** Makes the random times and losses repeatable. */
  readonly seed: number;
}

/**
 * The quotas of API Gateway for WebSocket APIs, and no misbehaviour. Source: Amazon API Gateway Developer Guide, "Quotas
 * for configuring and running a WebSocket API".
 */
export const API_GATEWAY: StrictSettings = {
  frameSize: 32_768,
  messageSize: 131_072,
  headerSize: 10_240,
  idle: 600_000,
  life: 7_200_000,
  rate: 10_000,
  burst: 5_000,
  backlog: 1_048_576,
  latency: 0,
  reorder: 0,
  lostDisconnects: 0,
  seed: 1,
};
