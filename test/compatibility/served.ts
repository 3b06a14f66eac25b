import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Files of a page, by their paths. */
export interface Served {
  /** `http://127.0.0.1:…` */
  readonly address: string;
  readonly close: () => void;
}

/**
 * Serves one page, and what it asks for.
 *
 * @param files - texts by path, scripts but for `/`, which is the page.
 */
export const serve = async (files: Readonly<Record<string, string>>): Promise<Served> => {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] as string;
    const text = files[path];
    response.statusCode = text === undefined ? 404 : 200;
    response.setHeader('content-type', path === '/' ? 'text/html; charset=utf-8' : 'text/javascript; charset=utf-8');
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}`, close: () => server.close() };
};
