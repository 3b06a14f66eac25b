/** An open connection, as `GET /connections` shows it. */
export interface OpenConnection {
  readonly id: string;
  readonly user: string;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  readonly capabilities: readonly string[];
  readonly subscriptionCount: number;
  /** Some of the channels and patterns it is subscribed to. */
  readonly subscriptions: readonly string[];
}

/** What `GET /connections` answers. */
export interface OpenConnectionsPage {
  readonly connections: readonly OpenConnection[];
  /** Where to go on; null behind the last. */
  readonly next: string | null;
}
