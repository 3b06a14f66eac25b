import type { OpenConnectionsPage } from '../protocol/open-connections.ts';

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
