/** The handler of messages, as Lambda runs it. Its settings are in its environment. */
import type { Context } from 'aws-lambda';
import { handler } from '../../functions/message.ts';
import type { WebSocketEvent } from '../../functions/websocket.ts';
import { openSession, sessionText } from '../../lib/protocol/session.ts';
import { contextOf } from '../lambda.ts';
import { answerRequests } from '../work.ts';

interface Request {
  readonly frames: number;
  /** Broadcasts of a frame; 1 for a frame that is no batch. */
  readonly batch: number;
  readonly inFlight: number;
}

const context: Context = contextOf('message');
const broadcast = { type: 'broadcast', channel: 'bench:inbound', data: { text: 'x'.repeat(180) } };

const eventOf = (batch: number, n: number): WebSocketEvent => {
  const messages = Array.from({ length: batch }, (_, i) => ({ ...broadcast, requestId: `${n}-${i}` }));
  return {
    requestContext: {
      requestId: `request-${n}`,
      connectionId: 'bench=',
      eventType: 'MESSAGE',
      authorizer: { principalId: 'bench', capabilities: 'batch', session: sessionText(openSession(0)) },
    },
    body: JSON.stringify(batch === 1 ? messages[0] : { type: 'batch', messages }),
    isBase64Encoded: false,
  } as unknown as WebSocketEvent;
};

answerRequests<Request>(async ({ frames, batch, inFlight }) => {
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < frames) {
        const result = await handler(eventOf(batch, next++), context);
        const body = typeof result === 'object' ? String(result.body) : '';
        if (!body.includes('"ack"') || body.includes('"error"')) throw new Error(`Not acked: ${body.slice(0, 300)}`);
      }
    }),
  );
  return { seconds: (performance.now() - began) / 1_000 };
});
process.send?.({ ready: true });
