import middy from '@middy/core';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { developmentUser } from '../lib/auth/development.ts';
import { capabilitiesText, parseCapabilities } from '../lib/protocol/capabilities.ts';

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

/** Decides on `$connect` who a client is, and notes what it can take. */
export const handler = middy<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>().handler(async (event) => {
  const query = event.queryStringParameters ?? {};
  const user = developmentUser(query['user']);
  if (user === undefined) return policy('Deny', 'nobody', event.methodArn);
  const capabilities = capabilitiesText(parseCapabilities(query['capabilities']));
  return policy('Allow', user, event.methodArn, { capabilities });
});
