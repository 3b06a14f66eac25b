/** Where in the page one is: a view, and what it is asked. */
export interface Route {
  readonly view: string;
  readonly query: URLSearchParams;
}

/** @param hash - of an address: `#/connections?user=alice`. What is none leads to no view. */
export const routeOf = (hash: string): Route => {
  const [path = '', query = ''] = hash.split(/\?(.*)/s);
  return { view: path.startsWith('#/') ? path.slice(2) : '', query: new URLSearchParams(query) };
};

/** The address of a view. @param query - what it is asked; what is empty is left out. */
export const addressOf = (view: string, query: Readonly<Record<string, string>> = {}): string => {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
  return asked.size === 0 ? `#/${view}` : `#/${view}?${asked}`;
};
