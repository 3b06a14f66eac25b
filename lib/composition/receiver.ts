import { compression, history, limits } from '../config/variables.ts';
import { config } from '../config.ts';
import type { Caller } from '../ports/connection.ts';
import { postAnswer, sendAnswer } from '../sync/answer.ts';
import { systemClock } from '../sync/clock.ts';
import { ReadsInTurn } from '../sync/reads-in-turn.ts';
import { type Answered, receive } from '../sync/receive.ts';
import { measureAnswer } from '../telemetry/answer.ts';
import { logFailure, logger } from '../telemetry/logger.ts';
import { composeAuthenticator } from './access.ts';
import { composeEncoder } from './encoder.ts';
import { composeGateway } from './gateway.ts';
import { composeHistory } from './history.ts';
import { composeLimiter } from './limiter.ts';
import { composeBus } from './rabbitmq.ts';
import { composeRedis } from './redis.ts';

/** What takes the frames of clients: answers each, and gives back the frame that is to be returned to the gateway. */
export const composeReceiver = () => {
  const redis = composeRedis();
  const gateway = composeGateway(redis);
  const world = {
    ...redis,
    history: composeHistory(redis),
    limiter: composeLimiter(redis),
    gateway,
    authenticator: composeAuthenticator(redis.directory),
    bus: composeBus(redis.meter),
    clock: systemClock,
    limits: config(limits),
    compression: config(compression),
    encoder: composeEncoder(),
    reads: new ReadsInTurn(),
    replay: config(history),
    onAnswered: (answered: Answered) => {
      measureAnswer(redis.meter, answered);
      logger.debug('A message was answered', { ...answered });
    },
    onFailure: logFailure('A message failed'),
  };
  const answer = async (caller: Caller, body: unknown): Promise<string | undefined> =>
    sendAnswer(world, caller, await receive(world, caller, body));
  // Where nothing is sent back but by a post: a frame whose type is the name of one of the gateway’s own routes.
  const answerByPost = async (caller: Caller, body: unknown): Promise<void> =>
    postAnswer(world, caller, await receive(world, caller, body));
  return {
    answer,
    answerByPost,
    directory: redis.directory,
    gateway,
    bus: world.bus,
    meter: redis.meter,
    counters: redis.counters,
  };
};
