import { describe, expect, test } from 'vitest';
import { planMappings } from '../../../localstack/plugins/event-source/settings.ts';
import type { Serverless } from '../../../serverless/framework.ts';

const ENVIRONMENT = { RABBITMQ_URL: 'amqp://user:pass@broker:5672' };

const service = (events: readonly object[], custom: object = {}): Serverless => ({
  serviceDir: '/service',
  service: {
    custom: { 'rabbitmq-offline': custom },
    functions: {
      plain: { handler: 'plain.handler' },
      consumer: { handler: 'consumer.handler', events: events.map((rabbitmq) => ({ rabbitmq })) },
    },
  },
  configSchemaHandler: { schema: {} },
  classes: { Error },
});

describe('the settings of event source mappings', () => {
  test('are Lambda’s own where nothing is said', () => {
    expect(planMappings(service([{ queue: 'q', arn: { 'Fn::GetAtt': ['Broker', 'Arn'] } }]), ENVIRONMENT)).toEqual([
      {
        functionKey: 'consumer',
        settings: {
          url: 'amqp://user:pass@broker:5672',
          queue: 'q',
          virtualHost: '/',
          arn: 'arn:aws:mq:us-east-1:000000000000:broker:local:b-00000000-0000-0000-0000-000000000000',
          functionName: 'consumer',
          batchSize: 100,
          window: 500,
        },
      },
    ]);
  });

  test('come from the event first, then from custom', () => {
    const events = [{ queue: 'a', batchSize: '7', maximumBatchingWindow: 1 }, { queue: 'b' }];
    const plans = planMappings(service(events, { batchSize: 5, maximumBatchingWindow: 0 }), ENVIRONMENT);
    expect(plans.map(({ settings }) => [settings.batchSize, settings.window])).toEqual([
      [7, 1_000],
      [5, 0],
    ]);
  });

  test('respect a mapping that is switched off', () => {
    expect(planMappings(service([{ queue: 'q', enabled: false }]), {})).toEqual([]);
  });

  test('put the virtual host into the address', () => {
    const [plan] = planMappings(service([{ queue: 'q', virtualHost: 'a/b' }]), ENVIRONMENT);
    expect(plan?.settings.url).toBe('amqp://user:pass@broker:5672/a%2Fb');
    expect(plan?.settings.virtualHost).toBe('a/b');
  });

  test.each([
    [{ batchSize: 0 }, 'batchSize of a rabbitmq event of function consumer is 0'],
    [{ maximumBatchingWindow: 301 }, 'expected a number from 0 to 300'],
    [{ batchSize: 'many' }, 'expected a number from 1 to 10000'],
  ])('are refused where they make no sense: %o', (setting, message) => {
    expect(() => planMappings(service([{ queue: 'q', ...setting }]), ENVIRONMENT)).toThrow(message);
  });

  test('need an address', () => {
    expect(() => planMappings(service([{ queue: 'q' }]), {})).toThrow('neither custom.rabbitmq-offline.url nor');
    expect(planMappings(service([{ queue: 'q' }], { url: 'amqp://here' }), {})[0]?.settings.url).toBe('amqp://here');
  });
});
