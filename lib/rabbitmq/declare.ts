import type { ConfirmChannel } from 'amqplib';
import type { Address } from './address.ts';
import { connectTo } from './connect.ts';
import { lowerLimitOf } from './message-limit.ts';
import { ATTEMPT, patiently } from './patiently.ts';
import { declareTopology, type Topology } from './topology.ts';

/**
 * Declares a topology over a connection of its own, which is closed again.
 *
 * @param address - the broker's address.
 * @param onError - told of errors of the connection; those of the declaration reject.
 * @param patience - milliseconds that are left for it. Until then it connects again where the broker cannot be reached.
 * @param size - bytes of the largest message there is to be.
 * @returns bytes of a message that the broker takes, if that is less.
 * @throws as `declareTopology` does, and Error where the broker cannot be reached.
 */
export const declareAt = async (
  address: Address,
  topology: Topology,
  onError: (error: Error) => void,
  patience: () => number,
  size: number,
): Promise<{ readonly lowerLimit?: number }> => {
  const connection = await patiently(patience, () => connectTo(address, { timeout: ATTEMPT }));
  try {
    connection.on('error', onError);
    const channel: ConfirmChannel = await connection.createConfirmChannel();
    channel.on('error', onError);
    await declareTopology(channel, topology);
    const lowerLimit = await lowerLimitOf(channel, size);
    return lowerLimit === undefined ? {} : { lowerLimit };
  } finally {
    await connection.close().catch(() => {});
  }
};
