import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePartOf } from '../../../localstack/deploy/free-part.ts';
import { deployStack } from '../../../localstack/deploy/stack.ts';

const TEMPLATE = {
  Resources: {
    Key: { Type: 'AWS::KMS::Key', Properties: {} },
    Group: {
      Type: 'AWS::Logs::LogGroup',
      DependsOn: ['Key', 'Broker'],
      Properties: { KmsKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    },
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'FanoutLambdaFunction' } }],
        AlarmName: { 'Fn::Sub': `\${Broker}-\${Key}` },
      },
    },
    Broker: { Type: 'AWS::AmazonMQ::Broker', Properties: {} },
    FanoutLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: {} },
  },
};

/** Stands in for LocalStack's CloudFormation. */
const localStack = async (answers: readonly { status: number; body: string }[]) => {
  const actions: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const answer = answers[actions.length];
      actions.push(new URLSearchParams(body).get('Action') ?? '');
      response.writeHead(answer?.status ?? 500).end(answer?.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { actions, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const standing = (status: string) => ({ status: 200, body: `<Stack><StackStatus>${status}</StackStatus></Stack>` });

describe('the part of a stage that LocalStack has', () => {
  it('refers to nothing that is left out', () => {
    const { template, leftOut } = freePartOf(TEMPLATE);
    expect(leftOut).toEqual(['AWS::AmazonMQ::Broker', 'AWS::Lambda::Function']);
    expect(Object.keys(template.Resources)).toEqual(['Key', 'Group', 'Alarm']);
    expect(template.Resources['Group']).toMatchObject({
      DependsOn: ['Key'],
      Properties: { KmsKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    });
    expect(template.Resources['Alarm']?.Properties).toEqual({
      Dimensions: [{ Name: 'FunctionName', Value: 'FanoutLambdaFunction' }],
      AlarmName: { 'Fn::Sub': `Broker-\${Key}` },
    });
  });
});

describe('a stack of LocalStack', () => {
  it('is created, and waited for', async () => {
    const { actions, endpoint } = await localStack([{ status: 200, body: '' }, standing('CREATE_COMPLETE')]);
    await expect(deployStack(endpoint, 'name', freePartOf(TEMPLATE).template)).resolves.toBe('CREATE_COMPLETE');
    expect(actions).toEqual(['CreateStack', 'DescribeStacks']);
  });

  it('is updated where it is there, also when nothing changed', async () => {
    const there = { status: 400, body: '<Code>AlreadyExistsException</Code>' };
    const same = { status: 400, body: '<Message>No updates are to be performed.</Message>' };
    const { actions, endpoint } = await localStack([there, same]);
    await expect(deployStack(endpoint, 'name', freePartOf(TEMPLATE).template)).resolves.toBe('UPDATE_COMPLETE');
    expect(actions).toEqual(['CreateStack', 'UpdateStack']);
  });

  it('that fails says why', async () => {
    const refused = { status: 400, body: '<Message>Template is wrong</Message>' };
    const { endpoint } = await localStack([refused, { status: 200, body: '' }, standing('ROLLBACK_COMPLETE')]);
    await expect(deployStack(endpoint, 'name', TEMPLATE)).rejects.toThrow('Template is wrong');
    await expect(deployStack(endpoint, 'name', TEMPLATE)).rejects.toThrow('ROLLBACK_COMPLETE');
  });
});
