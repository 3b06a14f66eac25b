/**
 * What AWS's Node runtime does in an environment, in short: loads the handler, then takes one invocation after another
 * from the runtime interface. Run in the folder of an unpacked function, with the variables Lambda sets.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { handlerFile } from './handler-file.ts';

const { AWS_LAMBDA_RUNTIME_API, _HANDLER, LAMBDA_TASK_ROOT, AWS_LAMBDA_FUNCTION_NAME } = process.env;
const runtime = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

const tell = (path, body) => fetch(`${runtime}/${path}`, { method: 'POST', body: JSON.stringify(body ?? null) });
const described = (error) => ({ errorType: error?.name ?? 'Error', errorMessage: String(error?.message ?? error) });

const load = async () => {
  const file = handlerFile(join(LAMBDA_TASK_ROOT, _HANDLER), existsSync);
  if (file === undefined) throw new Error(`There is no module for ${_HANDLER}`);
  const module = await import(pathToFileURL(file).href);
  return module[_HANDLER.slice(_HANDLER.lastIndexOf('.') + 1)];
};

let handler;
try {
  handler = await load();
  if (typeof handler !== 'function') throw new TypeError(`${_HANDLER} is no function`);
  // From nodejs24.x on.
  if (handler.length >= 3) throw new TypeError(`${_HANDLER} takes a callback`);
} catch (error) {
  await tell('init/error', described(error));
  process.exit(1);
}

for (;;) {
  const next = await fetch(`${runtime}/invocation/next`);
  const event = await next.json();
  const requestId = next.headers.get('lambda-runtime-aws-request-id');
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = {
    functionName: AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: next.headers.get('lambda-runtime-invoked-function-arn'),
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    await tell(`invocation/${requestId}/response`, await handler(event, context));
  } catch (error) {
    await tell(`invocation/${requestId}/error`, described(error));
  }
}
