const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The gateway's WebSocket address for a browser.
 *
 * @param endpoint - where functions post to connections: `http://127.0.0.1:3001`, `https://…amazonaws.com/stage`.
 * @param host - the name the browser asked for this page by. A local gateway has the same: from another machine, or
 *   with a port that was forwarded, loopback would be the browser's own.
 */
export const websocketAddress = (endpoint: string, host: string | undefined): string => {
  const url = new URL(endpoint);
  // Without TLS it is a local gateway’s, whose path is the secret of who posts. API Gateway’s is the stage.
  if (url.protocol === 'http:') url.pathname = '';
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  if (host !== undefined && LOOPBACK.has(url.hostname)) url.hostname = host;
  return url.href.replace(/\/$/, '');
};

/** Without path and query, which a policy would take for something else. */
const originOf = (websocket: string): string => {
  const { protocol, host } = new URL(websocket);
  return `${protocol}//${host}`;
};

/** Headers of the page: nothing is loaded from elsewhere, nothing but this service is spoken to, nobody frames it. */
export const pageHeaders = (websocket: string): Readonly<Record<string, string>> => ({
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${originOf(websocket)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
});
