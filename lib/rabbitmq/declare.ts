import { type ConfirmChannel, connect } from 'amqplib';
import { ATTEMPT, patiently } from './patiently.ts';
import { declareTopology, type Topology } from './topology.ts';

/**
 * Declares a topology over a connection of its own, which is closed again.
 *
 * @param url - the broker's address.
 * @param onError - told of errors of the connection; those of the declaration reject.
 * @param patience - milliseconds that are left for it. Until then it connects again where the broker cannot be reached.
 * @throws as `declareTopology` does, and Error where the broker cannot be reached.
 */
export const declareAt = async (
  url: string,
  topology: Topology,
  onError: (error: Error) => void,
  patience = () => 0,
): Promise<void> => {
  const connection = await patiently(patience, () => connect(url, { timeout: ATTEMPT }));
  try {
    connection.on('error', onError);
    const channel: ConfirmChannel = await connection.createConfirmChannel();
    channel.on('error', onError);
    await declareTopology(channel, topology);
  } finally {
    await connection.close().catch(() => {});
  }
};
