import { type ConfirmChannel, connect } from 'amqplib';
import { declareTopology, type Topology } from './topology.ts';

/** Milliseconds to connect. */
const PATIENCE = 10_000;

/**
 * Declares a topology over a connection of its own, which is closed again.
 *
 * @param url - the broker's address.
 * @param onError - told of errors of the connection; those of the declaration reject.
 * @throws as `declareTopology` does, and Error where the broker cannot be reached.
 */
export const declareAt = async (url: string, topology: Topology, onError: (error: Error) => void): Promise<void> => {
  const connection = await connect(url, { timeout: PATIENCE });
  try {
    connection.on('error', onError);
    const channel: ConfirmChannel = await connection.createConfirmChannel();
    channel.on('error', onError);
    await declareTopology(channel, topology);
  } finally {
    await connection.close().catch(() => {});
  }
};
