import { describe, expect, it } from 'vitest';
import { type ModelSocket, socketsTo } from '../../client/testing/socket.ts';
import { calmStage } from './calm-stage.ts';
import { Guest } from './guest.ts';
import { Issuer } from './issuer.ts';
import { TEXTS } from './plan.ts';
import type { Sockets } from './sockets.ts';

/** A guest that is connected, and the service as it is to it. */
const connected = async () => {
  const stage = calmStage();
  const { time } = stage;
  let requestId = '';
  let ends: ModelSocket | undefined;
  const far = {
    called: (socket: ModelSocket) => {
      ends = socket;
      time.after(1, () => socket.open());
    },
    took: (_: ModelSocket, text: string) => {
      requestId = (JSON.parse(text) as { readonly requestId: string }).requestId;
    },
    left: (socket: ModelSocket) => socket.shut(1000),
  };
  const sockets = { socketsOf: () => socketsTo(far) } as unknown as Sockets;
  const guest = new Guest(stage, sockets, new Issuer(time, Number.POSITIVE_INFINITY));
  await time.advance(10);
  const answer = async (message: object): Promise<void> => {
    ends?.say(JSON.stringify({ ...message, requestId }));
    await time.advance(10);
  };
  return {
    ...{ guest, answer },
    problems: stage.problems,
    /** It asks for a text, by its number. */
    asks: async (which: number): Promise<void> => {
      guest.ask(which, true);
      await time.advance(10);
    },
    isSubscribed: (): Promise<void> =>
      answer({ type: 'subscribed', channels: [], patterns: [], positions: {}, time: 0 }),
    /** It is granted all but some texts, and told that none of these had been held. */
    isToldOfNone: async (): Promise<void> => {
      guest.authenticate(1);
      await time.advance(10);
      await answer({ type: 'authenticated', ended: [] });
    },
  };
};

const LAST = TEXTS.length - 1;
const NONE = /granted: guest is told that nothing ended, and not/;

describe('what a guest is told to have ended by other grants (G-6)', () => {
  it('is all that it held', async () => {
    const { asks, isSubscribed, isToldOfNone, problems } = await connected();
    await asks(LAST);
    await isSubscribed();
    await isToldOfNone();
    expect(problems).toEqual([expect.stringMatching(NONE)]);
  });

  it('is nothing that the service had forgotten before the answer came, though the rest is asked for again', async () => {
    const { guest, asks, isSubscribed, isToldOfNone, problems } = await connected();
    await asks(LAST);
    guest.isForgotten();
    await isSubscribed();
    for (const which of TEXTS.keys()) {
      if (which === LAST) continue;
      await asks(which);
      guest.isFound([TEXTS[which] as string]);
      await isSubscribed();
    }
    await isToldOfNone();
    expect(problems).toEqual([]);
  });
});
