import type { WebSocketConstructor } from '../../../../client/src/index.ts';

/** The id of an event. An acknowledgement has the id, too, and no place. */
const EVENTS = /"type":"event","id":"(\w+)"/g;

type Hear = (event: never) => void;

/**
 * Sockets of which it is known what came by them.
 *
 * @param came - takes the ids of all events that are told to whoever opened a socket, heard or not.
 */
export const overheard = (webSocket: WebSocketConstructor, came: Set<string>): WebSocketConstructor =>
  class extends webSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols);
      let hear: Hear | null = null;
      const take = (event: { readonly data: unknown }): void => {
        for (const [, id] of String(event.data).matchAll(EVENTS)) came.add(id as string);
        hear?.(event as never);
      };
      Object.defineProperty(this, 'onmessage', {
        get: () => take,
        set: (to: Hear | null) => {
          hear = to;
        },
      });
    }
  };
