/**
 * The part of aws-lambda-ric that is written in C++, in its stead: asks the runtime interface for the next invocation, and
 * answers it. Everything else is AWS's own.
 */
import { Agent, request } from 'node:http';

const INVOCATION = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new Agent({ keepAlive: true });

/** A request without a limit of time: an environment may stand still in the midst of it. */
const ask = (method, path, body, headers) =>
  new Promise((resolve, reject) => {
    const asked = request(`${INVOCATION}/${path}`, { method, agent, headers }, (response) => {
      let bodyJson = '';
      response.setEncoding('utf8');
      response.on('data', (text) => {
        bodyJson += text;
      });
      response.on('end', () => resolve({ bodyJson, headers: response.headers }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });

/** AWS's own waits for its answer to be taken; here the next question does. */
let answered = Promise.resolve();

export const next = async () => {
  await answered;
  return ask('GET', 'next');
};

export const done = (id, result) => {
  answered = ask('POST', `${id}/response`, result);
};

export const error = (id, failure, cause) => {
  answered = ask('POST', `${id}/error`, failure, { 'lambda-runtime-function-xray-error-cause': cause });
};
