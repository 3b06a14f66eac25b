import { setTimeout as delay } from 'node:timers/promises';
import type { Template } from '../../serverless/template.ts';
import { element, type QueryApi, query } from '../query-api.ts';

const POLL = 500;
const PATIENCE = 120_000;

const apiAt = (endpoint: string): QueryApi => ({ endpoint, service: 'cloudformation', version: '2010-05-15' });

const FAILED = /^\w+_FAILED$/;

/** What failed of a stack, and why: LocalStack says nothing of it in the stack's own reason. */
const failuresOf = async (api: QueryApi, name: string): Promise<string> => {
  const { body } = await query(api, { Action: 'DescribeStackEvents', StackName: name });
  const events = [...body.matchAll(/<member>(.*?)<\/member>/gs)].map(([, event = '']) => event);
  return (
    events
      .filter((event) => FAILED.test(element(event, 'ResourceStatus')))
      .map((event) => [element(event, 'LogicalResourceId'), element(event, 'ResourceStatusReason')])
      // The stack has events too, which say that it failed and no more.
      .filter(([, reason]) => reason !== '')
      .map(([name, reason]) => `\n  ${name}: ${reason}`)
      .join('')
  );
};

/**
 * Creates a stack, or updates it where it is there, and waits until it stands.
 *
 * @param endpoint - of LocalStack.
 * @returns the state it ends in.
 * @throws Error where the endpoint refuses, or the stack does not come to stand.
 */
export const deployStack = async (endpoint: string, name: string, template: Template): Promise<string> => {
  const api = apiAt(endpoint);
  const stack = {
    StackName: name,
    TemplateBody: JSON.stringify({ AWSTemplateFormatVersion: '2010-09-09', ...template }),
    'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
  };
  let answer = await query(api, { Action: 'CreateStack', ...stack });
  if (!answer.ok && answer.body.includes('AlreadyExists')) {
    answer = await query(api, { Action: 'UpdateStack', ...stack });
    if (answer.body.includes('No updates are to be performed')) return 'UPDATE_COMPLETE';
  }
  if (!answer.ok) throw new Error(`CloudFormation refuses: ${element(answer.body, 'Message') || answer.body}`);

  for (const giveUp = Date.now() + PATIENCE; Date.now() < giveUp; await delay(POLL)) {
    const { body } = await query(api, { Action: 'DescribeStacks', StackName: name });
    const status = element(body, 'StackStatus');
    if (/^(CREATE|UPDATE)_COMPLETE$/.test(status)) return status;
    if (/FAILED|ROLLBACK/.test(status))
      throw new Error(
        `The stack ended as ${status}: ${element(body, 'StackStatusReason')}${await failuresOf(api, name)}`,
      );
  }
  throw new Error(`The stack ${name} does not come to stand`);
};
