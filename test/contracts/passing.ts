import type { Pass } from './store.ts';

/** The same object, of which every call waits before it is made. */
export const passing = <T extends object>(object: T, pass: Pass): T =>
  new Proxy(object, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        await pass();
        return member.apply(target, args);
      };
    },
  });
