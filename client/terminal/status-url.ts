/** Names of this machine, as a URL has them. */
const HERE = ['localhost', '127.0.0.1', '[::1]'];

/** The gateway's port unless WS_PORT says another; HTTP comes behind it. */
const WEBSOCKET_PORT = 3001;

/**
 * Where `GET` answers with the server's status.
 *
 * @param url - of the gateway.
 * @param http - the address of the HTTP endpoints, where it was given.
 * @returns undefined where nobody can know: only a service on this machine has it at the next port, as `npm start` places
 *   it. On AWS it is another host, behind a proxy whatever the proxy says.
 */
export const statusUrlOf = (url: string, http?: string): string | undefined => {
  if (http !== undefined) return `${http.replace(/\/+$/, '')}/status`;
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'ws:' || !HERE.includes(hostname)) return undefined;
  return `http://${hostname}:${Number(port || WEBSOCKET_PORT) + 1}/status`;
};
