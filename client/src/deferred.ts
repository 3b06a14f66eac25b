/** A promise and what settles it: `Promise.withResolvers`, which neither Node 20 nor browsers before 2024 have. */
export const deferred = <T>(): PromiseWithResolvers<T> => {
  let [resolve, reject] = [] as unknown as [PromiseWithResolvers<T>['resolve'], PromiseWithResolvers<T>['reject']];
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
};
