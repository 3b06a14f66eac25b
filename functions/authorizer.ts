import middy from '@middy/core';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { developmentUser } from '../lib/auth/development.ts';

const policy = (effect: 'Allow' | 'Deny', principalId: string, methodArn: string): APIGatewayAuthorizerResult => ({
  principalId,
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: methodArn }],
  },
});

/** Decides on `$connect` who a client is. */
export const handler = middy<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>().handler(async (event) => {
  const user = developmentUser(event.queryStringParameters?.['user']);
  return user === undefined ? policy('Deny', 'nobody', event.methodArn) : policy('Allow', user, event.methodArn);
});
