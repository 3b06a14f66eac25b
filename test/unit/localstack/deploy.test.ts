import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dashboardsOf, putDashboards } from '../../../localstack/deploy/dashboards.ts';
import { FREE, freePartOf } from '../../../localstack/deploy/free-part.ts';
import { deployStack } from '../../../localstack/deploy/stack.ts';

const NAMESPACES = { packaged: 'service-dev', running: 'service-local' };

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
    const { template, leftOut } = freePartOf(TEMPLATE, NAMESPACES);
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

it('alarms and dashboards show what runs, and not the stage that was packaged', () => {
  const text = `{service-dev,a} p50 \${!LABEL} of \${AWS::Region}`;
  const Resources = {
    Own: { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'service-dev' } },
    Other: { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'AWS/Lambda' } },
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: { DashboardName: 'service-dev', DashboardBody: { 'Fn::Sub': text } },
    },
  };
  const { template, leftOut } = freePartOf({ Resources }, NAMESPACES);
  expect(Object.values(template.Resources).map(({ Properties }) => Properties?.['Namespace'])).toEqual([
    'service-local',
    'AWS/Lambda',
  ]);
  expect(leftOut).toEqual([]);
  expect(dashboardsOf({ Resources }, NAMESPACES)).toEqual([
    { name: 'service-dev', body: `{service-local,a} p50 \${LABEL} of us-east-1` },
  ]);
});

it('a dashboard that CloudWatch refuses is an error with its reason', async () => {
  const { actions, endpoint } = await localStack([
    { status: 200, body: '' },
    { status: 400, body: '<Message>The body is wrong</Message>' },
  ]);
  const dashboards = [
    { name: 'one', body: '{}' },
    { name: 'other', body: '{' },
  ];
  await expect(putDashboards(endpoint, dashboards)).rejects.toThrow('refuses the dashboard: The body is wrong');
  expect(actions).toEqual(['PutDashboard', 'PutDashboard']);
});

it('the services of LocalStack are those of what is deployed to it, and its log groups those of every function', () => {
  const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  const services = /SERVICES: (.+)/.exec(read('docker-compose.yml'))?.[1]?.split(',') ?? [];
  const needed = [...FREE].map((type) => String(type.split('::')[1]).toLowerCase());
  expect(services).toEqual(expect.arrayContaining(needed));
  const functions = /^functions:\n(.*?)^\w/ms.exec(read('serverless.yml'))?.[1] ?? '';
  const keys = [...functions.matchAll(/^ {2}(\w+):$/gm)].map(([, key]) => key);
  const grouped = /^FUNCTIONS = "(.*)"$/m.exec(read('localstack/init/10-resources.py'))?.[1]?.split(' ') ?? [];
  expect(grouped.toSorted()).toEqual(keys.toSorted());
  expect(keys.length).toBeGreaterThan(10);
});

describe('a stack of LocalStack', () => {
  it('is created, and waited for', async () => {
    const { actions, endpoint } = await localStack([{ status: 200, body: '' }, standing('CREATE_COMPLETE')]);
    await expect(deployStack(endpoint, 'name', freePartOf(TEMPLATE, NAMESPACES).template)).resolves.toBe(
      'CREATE_COMPLETE',
    );
    expect(actions).toEqual(['CreateStack', 'DescribeStacks']);
  });

  it('is updated where it is there, also when nothing changed', async () => {
    const there = { status: 400, body: '<Code>AlreadyExistsException</Code>' };
    const same = { status: 400, body: '<Message>No updates are to be performed.</Message>' };
    const { actions, endpoint } = await localStack([there, same]);
    await expect(deployStack(endpoint, 'name', freePartOf(TEMPLATE, NAMESPACES).template)).resolves.toBe(
      'UPDATE_COMPLETE',
    );
    expect(actions).toEqual(['CreateStack', 'UpdateStack']);
  });

  it('that fails says why', async () => {
    const refused = { status: 400, body: '<Message>Template is wrong</Message>' };
    const { endpoint } = await localStack([refused, { status: 200, body: '' }, standing('ROLLBACK_COMPLETE')]);
    await expect(deployStack(endpoint, 'name', TEMPLATE)).rejects.toThrow('Template is wrong');
    await expect(deployStack(endpoint, 'name', TEMPLATE)).rejects.toThrow('ROLLBACK_COMPLETE');
    const event = (name: string, status: string, reason: string) =>
      `<member><LogicalResourceId>${name}</LogicalResourceId><ResourceStatus>${status}</ResourceStatus><ResourceStatusReason>${reason}</ResourceStatusReason></member>`;
    const events = `${event('name', 'CREATE_FAILED', '')}${event('Topic', 'CREATE_FAILED', 'sns is off')}${event('Key', 'CREATE_COMPLETE', 'fine')}`;
    const failing = await localStack([
      { status: 200, body: '' },
      standing('CREATE_FAILED'),
      { status: 200, body: events },
    ]);
    await expect(deployStack(failing.endpoint, 'name', TEMPLATE)).rejects.toThrow(
      /CREATE_FAILED: \n {2}Topic: sns is off$/,
    );
  });
});
