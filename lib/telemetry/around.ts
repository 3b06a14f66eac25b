/**
 * An object with some of its methods replaced; all others are its own.
 *
 * @param inner - an implementation of a port.
 * @param replaced - methods that call it and measure.
 */
export const around = <T extends object>(inner: T, replaced: Partial<T>): T => {
  const methods = new Map<PropertyKey, unknown>(Object.entries(replaced));
  return new Proxy(inner, {
    get: (target, name) => {
      let method = methods.get(name);
      if (method === undefined) {
        const own: unknown = Reflect.get(target, name);
        if (typeof own !== 'function') return own;
        // Bound, since private fields are reached through the object itself alone.
        method = own.bind(target);
        methods.set(name, method);
      }
      return method;
    },
  });
};
