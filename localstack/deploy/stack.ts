import { setTimeout as delay } from 'node:timers/promises';
import type { Template } from '../../serverless/template.ts';

/** LocalStack takes any signature; it reads from it which service is meant. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=0';
const POLL = 500;
const PATIENCE = 120_000;

const call = async (
  endpoint: string,
  parameters: Readonly<Record<string, string>>,
): Promise<{ ok: boolean; body: string }> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Version: '2010-05-15', ...parameters }),
  });
  return { ok: response.ok, body: await response.text() };
};

const element = (xml: string, name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';

/**
 * Creates a stack, or updates it where it is there, and waits until it stands.
 *
 * @param endpoint - of LocalStack.
 * @returns the state it ends in.
 * @throws Error where the endpoint refuses, or the stack does not come to stand.
 */
export const deployStack = async (endpoint: string, name: string, template: Template): Promise<string> => {
  const stack = {
    StackName: name,
    TemplateBody: JSON.stringify({ AWSTemplateFormatVersion: '2010-09-09', ...template }),
    'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
  };
  let answer = await call(endpoint, { Action: 'CreateStack', ...stack });
  if (!answer.ok && answer.body.includes('AlreadyExists')) {
    answer = await call(endpoint, { Action: 'UpdateStack', ...stack });
    if (answer.body.includes('No updates are to be performed')) return 'UPDATE_COMPLETE';
  }
  if (!answer.ok) throw new Error(`CloudFormation refuses: ${element(answer.body, 'Message') || answer.body}`);

  for (const giveUp = Date.now() + PATIENCE; Date.now() < giveUp; await delay(POLL)) {
    const { body } = await call(endpoint, { Action: 'DescribeStacks', StackName: name });
    const status = element(body, 'StackStatus');
    if (/^(CREATE|UPDATE)_COMPLETE$/.test(status)) return status;
    if (/FAILED|ROLLBACK/.test(status))
      throw new Error(`The stack ended as ${status}: ${element(body, 'StackStatusReason')}`);
  }
  throw new Error(`The stack ${name} does not come to stand`);
};
