import { withTimeout } from './clock.ts';
import { HandshakeError } from './errors.ts';
import type { ConnectOptions, Settings } from './options.ts';

/** Milliseconds that the answer may take. */
const PATIENCE = 5_000;

/** What the answer may hold; it may be of something else than the service. */
interface Said {
  readonly service?: unknown;
  readonly error?: { readonly code?: unknown; readonly token?: HandshakeError['token'] };
}

/**
 * Asks the service over HTTP why a handshake failed (clause H-5), of which a socket tells nothing.
 *
 * @param token - that the handshake showed.
 * @param hasConnected - whether the address of the socket is known to lead to the service.
 * @returns rejects where nothing answers.
 */
const ask = async (
  { httpUrl = '', user }: ConnectOptions,
  token: string | undefined,
  hasConnected: boolean,
): Promise<HandshakeError> => {
  const url = new URL('session', httpUrl.endsWith('/') ? httpUrl : `${httpUrl}/`);
  if (user !== undefined) url.searchParams.set('user', user);
  const response = await fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  const said: Said | null = await response
    .text()
    .then(JSON.parse)
    .catch(() => null);
  const code = said?.error?.code;
  if (typeof code === 'string') return new HandshakeError(code, said?.error?.token);
  if (response.status >= 500) return new HandshakeError('UNAVAILABLE');
  if (said?.service !== 'realtime-sync') return new HandshakeError('NOT_THIS_SERVICE');
  // It would take the connection: a moment ago it did not, or the socket's address leads elsewhere.
  return new HandshakeError(hasConnected ? 'UNAVAILABLE' : 'WRONG_ADDRESS');
};

/** Why a handshake failed, as far as the service can be asked. See {@link ask}. */
export const diagnoseHandshake = ({ clock }: Pick<Settings, 'clock'>, ...asked: Parameters<typeof ask>) => {
  const unreachable = () => new HandshakeError('UNREACHABLE');
  return withTimeout(clock, PATIENCE, ask(...asked).catch(unreachable), unreachable);
};
