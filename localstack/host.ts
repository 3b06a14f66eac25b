import { isIPv6 } from 'node:net';

/** Addresses that mean: at all of this machine's; and where such a server is asked from this machine. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Where servers listen that are told nothing else: this machine alone. */
const LOOPBACK = '127.0.0.1';

/** @param host - as HOST says it: an address of either family, also in brackets, or a name; or nothing. */
export const listeningHost = (host: string | undefined): string => host?.replace(/^\[(.*)\]$/, '$1') || LOOPBACK;

/** @returns whether a server that listens there listens at all addresses of this machine. */
export const isEverywhere = (host: string): boolean => host in EVERYWHERE;

/** @returns as it stands in a URL: an IPv6 address in brackets. */
export const inUrl = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

/** @returns as it stands in a URL by which this machine asks a server that listens there. */
export const askedAt = (host: string): string => inUrl(EVERYWHERE[host] ?? host);

/** @returns the same for people: the loopback interface by its name. */
export const shownAt = (host: string): string => (isEverywhere(host) || host === LOOPBACK ? 'localhost' : inUrl(host));
