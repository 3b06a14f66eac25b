import type { ServerMessage } from '../messages/table.ts';
import type { Chunk, Compressed } from '../messages/wrapping.ts';

/** What a frame of the service holds: a message, or what messages travel in. */
export type ServiceFrame =
  | ServerMessage
  | Chunk
  | Compressed
  | { readonly type: 'batch'; readonly messages: readonly ServerMessage[] };

/**
 * Reads a frame of the service, which is believed.
 *
 * @returns undefined for JSON that is no message
 * @throws SyntaxError for what is not JSON
 */
export const readServiceFrame = (text: string): ServiceFrame | undefined => {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && 'type' in value ? (value as ServiceFrame) : undefined;
};
