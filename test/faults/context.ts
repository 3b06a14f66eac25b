import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';

/** What Lambda tells a function with each call. @param timeout - milliseconds that the call may take. */
export const contextOf = (functionName: string, timeout: number): Context => {
  const end = performance.now() + timeout;
  return {
    functionName,
    functionVersion: '$LATEST',
    memoryLimitInMB: '1024',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => end - performance.now(),
  } as Context;
};
