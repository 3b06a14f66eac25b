import { describe, expect, it } from 'vitest';
import { type ModelSocket, socketsTo } from '../../../client/testing/socket.ts';
import { TEXTS } from '../plans/plan.ts';
import { Issuer } from '../service/issuer.ts';
import type { Sockets } from '../service/sockets.ts';
import { calmStage } from '../stage/calm-stage.ts';
import { Guest } from './guest.ts';

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
  const nobody = {
    of: () => {
      throw new Error('nobody else is there');
    },
  };
  const guest = new Guest(stage, sockets, new Issuer(time, Number.POSITIVE_INFINITY), nobody);
  await time.advance(10);
  const answer = async (message: object): Promise<void> => {
    ends?.say(JSON.stringify({ ...message, requestId }));
    await time.advance(10);
  };
  const authenticates = async (which: number): Promise<void> => {
    guest.authenticate(which);
    await time.advance(10);
  };
  const authenticated = (): Promise<void> => answer({ type: 'authenticated', ended: [] });
  return {
    guest,
    problems: stage.problems,
    /** It asks for a text, by its number. */
    asks: async (which: number): Promise<void> => {
      guest.ask(which, true);
      await time.advance(10);
    },
    authenticates,
    isAnswered: authenticated,
    isRefused: (): Promise<void> => answer({ type: 'error', error: { code: 'INVALID_TOKEN', message: '' } }),
    /** It gives its connection the session of a token that grants so much, and is told that this ended nothing. */
    isGranted: async (which: number): Promise<void> => {
      await authenticates(which);
      await authenticated();
    },
    isSubscribed: (): Promise<void> =>
      answer({ type: 'subscribed', channels: [], patterns: [], positions: {}, time: 0 }),
  };
};

const LAST = TEXTS.length - 1;
const NONE = /granted: guest is told that nothing ended, and not/;

describe('what a guest is told to have ended by other grants (G-6)', () => {
  it('is all that it held', async () => {
    const { asks, isSubscribed, isGranted, problems } = await connected();
    await asks(LAST);
    await isSubscribed();
    await isGranted(1);
    expect(problems).toEqual([expect.stringMatching(NONE)]);
  });

  it('is nothing that the service had forgotten before the answer came, though the rest is asked for again', async () => {
    const { guest, asks, isSubscribed, isGranted, problems } = await connected();
    await asks(LAST);
    guest.isForgotten();
    await isSubscribed();
    for (const which of TEXTS.keys()) {
      if (which === LAST) continue;
      await asks(which);
      guest.isFound([TEXTS[which] as string]);
      await isSubscribed();
    }
    await isGranted(1);
    expect(problems).toEqual([]);
  });
});

describe('what a guest is subscribed to (G-2)', () => {
  const ACCUSED = `granted: guest is subscribed to ${TEXTS[LAST]}, which it is not granted`;

  it('is what it was granted last', async () => {
    const { isGranted, asks, isSubscribed, problems } = await connected();
    await isGranted(1);
    await asks(LAST);
    await isSubscribed();
    expect(problems).toEqual([ACCUSED]);
  });

  it('is what it was granted at its handshake, once the service has forgotten that it had another session since', async () => {
    const { guest, isGranted, asks, isSubscribed, problems } = await connected();
    await isGranted(1);
    guest.isForgotten();
    await asks(LAST);
    await isSubscribed();
    expect(problems).toEqual([]);
  });

  it('is that, too, where it was forgotten before the answer to another token came', async () => {
    const { guest, isAnswered, authenticates, asks, isSubscribed, problems } = await connected();
    await authenticates(1);
    guest.isForgotten();
    await isAnswered();
    await asks(LAST);
    await isSubscribed();
    expect(problems).toEqual([]);
  });

  it('is that, too, where another token was refused meanwhile', async () => {
    const { guest, isGranted, authenticates, isRefused, asks, isSubscribed, problems } = await connected();
    await isGranted(1);
    await authenticates(2);
    guest.isForgotten();
    await isRefused();
    await asks(LAST);
    await isSubscribed();
    expect(problems).toEqual([]);
  });

  it('is what it was granted last, once it was granted something again', async () => {
    const { guest, isGranted, asks, isSubscribed, problems } = await connected();
    guest.isForgotten();
    await isGranted(1);
    await asks(LAST);
    await isSubscribed();
    expect(problems).toEqual([ACCUSED]);
  });
});
