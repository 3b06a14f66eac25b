import type { Address } from './address.ts';
import { manage, virtualHostOf } from './management.ts';
import { ATTEMPT, patiently } from './patiently.ts';

/**
 * The user for back-ends: it may publish to the exchange of events, and hear from that of what was appended by queues of its
 * own, which have names that begin with its own. Above all it can bind nothing to the exchange of events: a queue bound to a
 * consistent-hash exchange takes its share away from the shards.
 */
export const BACK_END = 'back-end';

/**
 * What it may do, as RabbitMQ has it: regular expressions over the names it may configure, write to and read from.
 *
 * @param hearsPrivate - whether it may hear private events.
 */
export const backEndPermissions = (hearsPrivate: boolean) => ({
  configure: `^${BACK_END}`,
  write: `^(events(-[0-9]+)?$|${BACK_END})`,
  read: `^(appended${hearsPrivate ? '(\\.private)?' : ''}$|${BACK_END})`,
});

/** The address of a broker for back-ends. */
export const backEndUrl = (url: string, password: string): string => {
  const address = new URL(url);
  address.username = BACK_END;
  address.password = password;
  return address.href;
};

/**
 * Makes the user, or gives it this password. Safe to do again.
 *
 * @param managementUrl - the management interface's address, with user and password.
 * @param brokerUrl - the broker's address for AMQP.
 * @param hearsPrivate - whether it may hear private events.
 * @param patience - milliseconds that are left for it. Until then what is refused is asked again.
 * @throws where the management interface does not answer in time, or refuses to the last.
 */
export const makeBackEnd = async (
  managementUrl: Address,
  brokerUrl: string,
  password: string,
  hearsPrivate: boolean,
  patience: () => number,
): Promise<void> => {
  const put = (path: string, body: unknown) =>
    patiently(patience, () => manage({ url: managementUrl, timeout: ATTEMPT }, path, body));
  await put(`/api/users/${BACK_END}`, { password, tags: '' });
  await put(`/api/permissions/${virtualHostOf(brokerUrl)}/${BACK_END}`, backEndPermissions(hearsPrivate));
};
