import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { siteAnswer } from './answer.ts';

/** The documents, as they are served. */
export interface ServedSite {
  /** Where a browser finds them. */
  readonly address: string;
  /** Ends it. Whoever reads just now is cut off. */
  close(): Promise<void>;
}

/**
 * Serves the documents by themselves, for this machine alone.
 *
 * @param folder - where they were built.
 * @param port - 0 for any that is free.
 * @throws Error with the code `EADDRINUSE` if the port is taken.
 */
export const serveSite = async (folder: string, port: number): Promise<ServedSite> => {
  const server = createServer((request, response) => {
    siteAnswer(folder, request.url ?? '').then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      (error: unknown) => response.destroy(error as Error),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/docs/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
