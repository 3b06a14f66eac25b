import { headerOf } from '../auth/credentials.ts';
import { isOwnHost, isSameHost, isWelcome } from '../auth/origins.ts';
import { origins, signIn } from '../config/variables.ts';
import { config } from '../config.ts';
import { beware } from './beware.ts';

type Headers = Readonly<Record<string, string | undefined>>;

/** What a page is told that may not ask. */
export const FOREIGN_PAGE = 'This page, or the name it asks by, is not among CORS_ORIGINS';

/** Tells which pages may connect, and which may ask over HTTP. */
export const composeWelcome = () => {
  const allowed = config(origins);
  beware(origins);
  const takesAtWord = config(signIn) === 'dev';
  const isHere = (host: string | undefined): boolean => !takesAtWord || isOwnHost(host, allowed);
  const said = (headers: Headers) => ({ origin: headerOf(headers, 'origin'), host: headerOf(headers, 'host') });
  return {
    allowed,
    mayConnect: (headers: Headers): boolean => {
      const { origin, host } = said(headers);
      return isWelcome(origin, allowed) && isHere(host);
    },
    /** The service’s own page may ask as well, where asking takes a token. */
    mayAsk: (headers: Headers): boolean => {
      const { origin, host } = said(headers);
      return (isWelcome(origin, allowed) || (!takesAtWord && isSameHost(origin, host))) && isHere(host);
    },
  };
};
