import { Redis } from 'ioredis';
import { inject } from 'vitest';

/** Letters that mean something in an address, and one that is not of ASCII. */
export const ODD_PASSWORD = 'p/a#s?s%2w:ö@rd';
/** Letters that mean something in an address, to a shell, or to who looks for files; and longer than most. */
export const ODD_FOLDER = `${'long/'.repeat(30)}co? 100% räume #1 & $HOME (2) [a] {b} !c`;
/** As an editor there leaves it. */
export const A_FILE_OF_WINDOWS = '\uFEFFLOG_LEVEL=warn\r\nRATE_LIMIT_POINTS = 100\r\n';

/** A proxy that is not there, by all the names that programs look for. */
export const PROXIES: NodeJS.ProcessEnv = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'].map((name) => [
    name,
    'http://127.0.0.1:9',
  ]),
);

/** Who has that password. */
export const ODD_USER = 'odd';

/** An address with another user, whose password stands in it as it is typed, or escaped. */
export const addressOf = (url: string, password: string): string =>
  url.replace(/\/\/(?:[^/@]*@)?/, () => `//${ODD_USER}:${password}@`);

/** The address of the tests’ Redis with that user. */
export const redisOf = (password: string): string => addressOf(inject('redisUrl'), password);

/** Has the tests’ Redis know the user with the odd password. @returns what makes it forget the user. */
export const withRedisUser = async (): Promise<() => Promise<void>> => {
  const redis = new Redis(inject('redisUrl'));
  await redis.call('ACL', 'SETUSER', ODD_USER, 'on', `>${ODD_PASSWORD}`, '~*', '&*', '+@all');
  return async () => {
    await redis.call('ACL', 'DELUSER', ODD_USER);
    redis.disconnect();
  };
};
