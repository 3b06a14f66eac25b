import { MAX_TOKEN_LENGTH } from '../protocol/limits.ts';
import { readProtocols } from '../protocol/subprotocol.ts';

type Named = Readonly<Record<string, string | undefined>>;

/** What a client shows of itself: header names in any case. */
export interface Shown {
  readonly headers: Named;
  readonly query: Named;
}

/** @returns the header, whatever the case of its name; gateways pass it on as it came. */
export const headerOf = (headers: Named, name: string): string | undefined => {
  const found = Object.keys(headers).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : headers[found];
};

const BEARER = /^Bearer +([\w.~+/=-]+)$/i;

/** Characters of a header that may hold a token, and what stands around it; of a longer one nothing is looked at. */
const MAX_HEADER_LENGTH = MAX_TOKEN_LENGTH + 1_024;

const short = (header: string | undefined): string | undefined =>
  header !== undefined && header.length <= MAX_HEADER_LENGTH ? header : undefined;

/** The token of `Authorization`, or the one offered as a subprotocol. Never one of the address, which others log. */
export const tokenOf = ({ headers }: Shown): string | undefined => {
  const token =
    BEARER.exec(short(headerOf(headers, 'authorization')) ?? '')?.[1] ??
    readProtocols(short(headerOf(headers, 'sec-websocket-protocol'))).token;
  return token !== undefined && token.length <= MAX_TOKEN_LENGTH ? token : undefined;
};
