import type { Cluster, Redis } from 'ioredis';

/** How ioredis refuses what was still unanswered of a pipeline when its connection ended. */
const isCutOff = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

/**
 * A client that sends a command again, once, of whose pipeline a part had been answered when the connection ended. Where
 * nothing had been answered ioredis does so by itself. Every command may come twice, so, and is answered the same.
 *
 * @param names - of its commands; each may end in `Buffer`.
 */
export const sendingAgain = <T extends Redis | Cluster>(client: T, names: ReadonlySet<string>): T => {
  const wrapped = new Map<string | symbol, unknown>();
  const wrap = (name: string | symbol): unknown => {
    const member: unknown = Reflect.get(client, name);
    if (typeof member !== 'function' || typeof name !== 'string' || !names.has(name.replace(/Buffer$/, '')))
      return member;
    return (...args: unknown[]): unknown => {
      const send = (): unknown => Reflect.apply(member, client, args);
      const sent = send();
      // A transaction is put together before it is sent.
      if (!(sent instanceof Promise)) return sent;
      return sent.catch((error: unknown) => {
        if (!isCutOff(error)) throw error;
        return send();
      });
    };
  };
  return new Proxy(client, {
    get: (_, name) => {
      if (wrapped.has(name)) return wrapped.get(name);
      const member = wrap(name);
      // What is no command may change: it is read anew.
      if (member !== Reflect.get(client, name)) wrapped.set(name, member);
      return member;
    },
  });
};
