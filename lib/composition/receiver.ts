import { config } from '../config.ts';
import type { Caller } from '../ports.ts';
import { sendAnswer } from '../sync/answer.ts';
import { systemClock } from '../sync/clock.ts';
import { receive } from '../sync/receive.ts';
import { logger } from '../telemetry/logger.ts';
import { composeAuthenticator } from './access.ts';
import { composeGateway } from './gateway.ts';
import { composeBus } from './rabbitmq.ts';
import { composeRedis } from './redis.ts';

/** What takes the frames of clients: answers each, and gives back the frame that is to be returned to the gateway. */
export const composeReceiver = (): ((caller: Caller, body: unknown) => Promise<string | undefined>) => {
  const gateway = composeGateway();
  const redis = composeRedis();
  const world = {
    ...redis,
    gateway,
    authenticator: composeAuthenticator(redis.sessions),
    bus: composeBus(),
    clock: systemClock,
    limits: config().limits,
    replay: config().history,
    onFailure: (error: unknown) => logger.error('A message failed', error as Error),
  };
  return async (caller, body) => sendAnswer(gateway, caller, await receive(world, caller, body));
};
