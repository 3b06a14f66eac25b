/**
 * The user for back-ends: it may publish to the exchange of events, and nothing else. Above all it can bind nothing to it:
 * a queue bound to a consistent-hash exchange takes its share away from the shards.
 */
export const BACK_END = 'back-end';

/** What it may do, as RabbitMQ has it: regular expressions over the names it may configure, write to and read from. */
export const BACK_END_PERMISSIONS = { configure: '^$', write: '^events(-[0-9]+)?$', read: '^$' };

/** The address of a broker for back-ends. */
export const backEndUrl = (url: string, password: string): string => {
  const address = new URL(url);
  address.username = BACK_END;
  address.password = password;
  return address.href;
};
