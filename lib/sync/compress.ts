import type { Caller } from '../ports/connection.ts';
import type { Directory } from '../ports/directory.ts';
import { withCapability } from '../protocol/capabilities.ts';
import { COMPRESSION_LEVEL, type CompressionSettings } from '../protocol/compression.ts';
import { ProtocolError } from '../protocol/errors.ts';
import type { Compression, CompressionMessage } from '../protocol/messages/compression.ts';

/**
 * Switches compression of a connection on or off: for answers at once, for events from the next batch on.
 *
 * @throws ProtocolError NOT_AVAILABLE
 * @throws DependencyAway
 */
export const compress = async (
  { directory, compression }: { readonly directory: Directory; readonly compression: CompressionSettings },
  caller: Caller,
  { requestId, enable }: Compression,
): Promise<CompressionMessage> => {
  if (!compression.enabled) throw new ProtocolError('NOT_AVAILABLE', 'Compression is switched off here');
  // Also where it is as it was: another request under way may be about to change it.
  await directory.redeclare({
    ...caller,
    capabilities: withCapability(caller.capabilities, 'compression', enable),
  });
  return {
    type: 'compression',
    requestId,
    enabled: enable,
    level: COMPRESSION_LEVEL,
    threshold: compression.threshold,
  };
};
