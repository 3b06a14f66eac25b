import { type Inbox, MemoryGateway } from '../../lib/memory/gateway.ts';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import type { GatewayKind } from './gateway.contract.ts';

/** Frames that wait for one client. */
const ROOM = 10;

/** The gateway in memory. */
export const memoryGateway: GatewayKind = {
  name: 'memory',
  open: () => {
    const gateway = new MemoryGateway(new ManualClock(), ROOM);
    const inboxes = new Map<string, Inbox>();
    return {
      gateway,
      endpoint: 'http://gateway',
      connect: (id) => {
        const inbox = gateway.connect(id);
        inboxes.set(id, inbox);
        return { heard: () => inbox.frames.map((frame) => new TextDecoder().decode(frame)) };
      },
      leave: (id) => gateway.disconnect(id),
      block: (id) => inboxes.get(id)?.frames.push(...Array.from({ length: ROOM }, () => new Uint8Array())),
    };
  },
};
