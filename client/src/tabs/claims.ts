/**
 * What a JSON Web Token says of its session: all but what differs between two tokens of one. Nobody verifies it here.
 *
 * @throws for what is none.
 */
const sessionOf = (payload: string): string => {
  const { exp, iat, nbf, jti, ...session } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  return JSON.stringify(session);
};

/**
 * Which connections are the same to the service: those of one address, and of tokens that say the same but for their times.
 * It is a name that other scripts of the origin may read, and holds no token.
 *
 * The number in it is of what tabs say to each other: those that say something else do not meet.
 *
 * @param bearer - the subprotocol that holds the token, where there is one.
 * @returns undefined for a token that cannot be read: nobody knows whose it is.
 */
export const groupOf = (url: string, [, bearer]: readonly string[]): string | undefined => {
  try {
    return `realtime-sync 1 ${url} ${bearer === undefined ? '' : sessionOf(bearer.split('.')[2] as string)}`;
  } catch {
    return undefined;
  }
};
