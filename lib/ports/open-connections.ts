/** An open connection, as those see it who watch over the service. */
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

export interface OpenConnectionsPage {
  readonly connections: readonly OpenConnection[];
  /** Where to go on; null behind the last. */
  readonly next: string | null;
}

/** Who is connected, for those who watch over the service. */
export interface OpenConnections {
  count(): Promise<number>;

  /**
   * Open connections, the longest open first. One that is open throughout is in exactly one page.
   *
   * @param cursor - the `next` of the page before; undefined for the first.
   * @returns undefined for a cursor that is none.
   */
  page(most: number, cursor: string | undefined): Promise<OpenConnectionsPage | undefined>;
}
