import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { signatureOf } from '../lib/auth/admission.ts';
import { identify } from '../lib/auth/identify.ts';
import { composeAuthenticator } from '../lib/composition/access.ts';
import { composeLimiter } from '../lib/composition/limiter.ts';
import { composeRedis } from '../lib/composition/redis.ts';
import { kept } from '../lib/composition/secrets.ts';
import { composeWelcome } from '../lib/composition/welcome.ts';
import { admission, compression } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import { capabilitiesText, parseCapabilities, withCapability } from '../lib/protocol/capabilities.ts';
import { sessionText } from '../lib/protocol/session.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { logger } from '../lib/telemetry/logger.ts';

const { directory, scratch, ...redis } = composeRedis();
const limiter = composeLimiter(redis);
const authenticator = composeAuthenticator(directory);
const { enabled: compresses } = config(compression);
const admissions = kept(admission);
const { mayConnect } = composeWelcome();

/** By which it signs. Those who do not know yet that the secret was exchanged know it by the one before. */
const signingKeys = async (): Promise<readonly string[]> => [
  ...(await admissions.current()).keys,
  ...((await admissions.previous())?.keys ?? []),
];

const policy = (
  effect: 'Allow' | 'Deny',
  principalId: string,
  methodArn: string,
  context: Readonly<Record<string, string>> = {},
): APIGatewayAuthorizerResult => ({
  principalId,
  // The gateway repeats it with every message of the connection.
  context: { ...context },
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: methodArn }],
  },
});

/**
 * Decides on `$connect` who a client is and what it may do, and notes what it can take. A refusal is a policy, which the
 * gateway answers with 403; an error is its 500, and means that nothing could be decided.
 */
export const handler = middy<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>()
  .use(injectLambdaContext(logger))
  .handler(async (event) => {
    const shown = { headers: event.headers ?? {}, query: event.queryStringParameters ?? {} };
    const deny = policy('Deny', 'nobody', event.methodArn);
    if (!mayConnect(shown.headers)) {
      logger.info('A page of a foreign origin was refused');
      return deny;
    }
    const identity = await identify({ authenticator, scratch, directory }, shown, systemClock.now());
    if (typeof identity === 'string' || (await limiter.takeHandshake(identity.user)) !== undefined) return deny;
    const declared = parseCapabilities(shown.query['capabilities']);
    const decided = {
      capabilities: capabilitiesText(compresses ? declared : withCapability(declared, 'compression', false)),
      session: sessionText(identity.session),
    };
    const { user } = identity;
    const { connectionId } = event.requestContext;
    const keys = await signingKeys();
    if (keys.length === 0 || connectionId === undefined) return policy('Allow', user, event.methodArn, decided);
    const signature = signatureOf(keys, { connectionId, user, ...decided });
    return policy('Allow', user, event.methodArn, { ...decided, signature });
  });
