import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
// @ts-expect-error: plain JavaScript, for the framework
import { fanout } from '../../serverless/mappings.js';
import { requestsAllowed, requestsIn } from './gateway-requests.ts';
import { handlerFile } from './handler-file.ts';
import { deployOrder } from './order.ts';
import { type Package, packageStage } from './package.ts';
import { mappings, POLICIES, type Policy } from './policies.ts';
import { checkAgainstSpecification } from './specification.ts';
import { objectsIn, referencesIn, resourcesOf, type Template, type TemplateResource } from './template.ts';
import { holdingOf, lossesBetween } from './upgrade.ts';

const STAGES = ['small', 'dev', 'staging', 'prod'] as const;

/** What a developer may have set; one stage is packaged with it, the others with nothing at all. */
const SHELL = {
  REDIS_URL: 'redis://shell.example',
  RABBITMQ_URL: 'amqp://shell.example',
  RABBITMQ_SHARDS: '8',
  RABBITMQ_PREFETCH: '9973',
  AUTH_MODE: 'shell-dev',
  LOG_LEVEL: 'shell-trace',
  WS_PORT: '41873',
  EVENT_REPLAY_MAX_EVENTS: '77123',
};

const queuesOf = (shards: number, generation: number): string[] => {
  const { shards: queues, connections } = topologyOf({ shards, generation });
  return [...queues, connections];
};

const policies: Readonly<Record<string, Policy>> = {
  ...POLICIES,
  'a declared queue for each mapping': mappings(queuesOf),
};

const packages = new Map<string, Package>();
const packaged = (stage: string): Package => {
  const found = packages.get(stage);
  if (found === undefined) throw new Error(`The stage ${stage} was not packaged`);
  return found;
};

beforeAll(async () => {
  await Promise.all(
    STAGES.map(async (stage) => {
      packages.set(stage, await packageStage(stage, stage === 'prod' ? SHELL : {}));
    }),
  );
});
afterAll(() => {
  for (const each of packages.values()) each.remove();
});

describe.each(STAGES)('the template of %s', (stage) => {
  it('is what AWS takes', () => {
    expect(checkAgainstSpecification(packaged(stage).template)).toEqual([]);
  });

  it('can be deployed: nothing waits for what waits for it', () => {
    const order = deployOrder(packaged(stage).template);
    expect(order).toHaveLength(Object.keys(packaged(stage).template.Resources).length);
    const mapping = order.findIndex((name) => name.startsWith('FanoutEventSourceMapping'));
    expect(order.indexOf('Topology')).toBeLessThan(mapping);
    expect(order.indexOf('TopologyLambdaFunction')).toBeLessThan(order.indexOf('Topology'));
    expect(order.indexOf('Broker')).toBeLessThan(order.indexOf('TopologyLambdaFunction'));
  });

  it.each(Object.entries(policies))('keeps to: %s', (_, policy) => {
    expect(policy(packaged(stage).template)).toEqual([]);
  });

  it('says where to connect', () => {
    expect(Object.keys(packaged(stage).template.Outputs ?? {})).toEqual(
      expect.arrayContaining(['WebsocketUrl', 'HttpUrl', 'AdminKeyArn']),
    );
  });
});

describe('a stage', () => {
  it('takes nothing from the shell', () => {
    const template = JSON.stringify(packaged('prod').template);
    const unlikely = Object.values(SHELL).filter((value) => value.length > 1);
    expect(unlikely.filter((value) => template.includes(value))).toEqual([]);
    const { Properties = {} } = packaged('prod').template.Resources['MessageLambdaFunction'] ?? {};
    expect(Properties['Environment']).toMatchObject({
      Variables: { AUTH_MODE: 'jwt', LOG_LEVEL: 'warn', NODE_ENV: 'production', RABBITMQ_SHARDS: '4' },
    });
    expect(resourcesOf(packaged('prod').template, 'AWS::Lambda::EventSourceMapping')).toHaveLength(4 + 1);
  });

  it('tells each function the names of the secrets of what it talks to, and of no others', () => {
    const given = resourcesOf(packaged('prod').template, 'AWS::Lambda::Function').map(([name, { Environment }]) => {
      const { Variables = {} } = (Environment ?? {}) as { Variables?: Readonly<Record<string, unknown>> };
      const secrets = Object.keys(Variables).filter((key) => key.endsWith('_SECRET_ARN'));
      return [name.replace(/LambdaFunction$/, ''), secrets.sort()];
    });
    const both = ['RABBITMQ_SECRET_ARN', 'REDIS_SECRET_ARN'];
    // What an authorizer lets in, those whom the gateway hands it to check for themselves.
    const session = ['ADMISSION_SECRET_ARN', ...both];
    expect(Object.fromEntries(given)).toEqual({
      Authorizer: ['ADMISSION_SECRET_ARN', 'REDIS_SECRET_ARN'],
      Connect: session,
      Message: session,
      Replay: session,
      Disconnect: session,
      Fanout: both,
      Welcome: [],
      Sweep: ['REDIS_SECRET_ARN'],
      Appended: both,
      Monitor: ['ADMIN_KEY_SECRET_ARN', ...both],
      Console: [],
      Observe: both,
      Api: ['ADMIN_KEY_SECRET_ARN', ...both],
      Consumers: ['REDIS_SECRET_ARN'],
      Topology: ['RABBITMQ_BACK_END_SECRET_ARN', 'RABBITMQ_SECRET_ARN'],
    });
  });

  it('allows each function the requests to the gateway that its code can make, and no others', () => {
    const { template, directory } = packaged('prod');
    const functions = resourcesOf(template, 'AWS::Lambda::Function');
    const allowed = functions.map(([name, properties]) => [name, requestsAllowed(template, properties)]);
    const made = functions.map(([name, { Handler }]) => {
      const bundle = String(Handler).replace(/[^.]+$/, 'mjs');
      return [name, requestsIn(join(directory, '..', bundle))];
    });
    expect(Object.fromEntries(allowed)).toEqual(Object.fromEntries(made));
    expect(made.flat(2)).toEqual(expect.arrayContaining(['POST', 'GET', 'DELETE']));
  });

  it('lets the WebSocket API call each function on its own route, and the authorizer as such', () => {
    const permissions = resourcesOf(packaged('prod').template, 'AWS::Lambda::Permission').filter(([name]) =>
      name.endsWith('Websockets'),
    );
    const api = `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${WebsocketsApi}`;
    const source = (path: string) => ({ 'Fn::Sub': `${api}/${path}` });
    expect(Object.fromEntries(permissions.map(([name, { SourceArn }]) => [name, SourceArn]))).toEqual({
      AuthorizerLambdaPermissionWebsockets: source(`authorizers/\${AuthorizerWebsocketsAuthorizer}`),
      ConnectLambdaPermissionWebsockets: source('prod/$connect'),
      MessageLambdaPermissionWebsockets: source('prod/$default'),
      ReplayLambdaPermissionWebsockets: source('prod/replay'),
      DisconnectLambdaPermissionWebsockets: source('prod/$disconnect'),
    });
  });

  it('tells each function that the WebSocket API calls by what the authorizer signs', () => {
    const { template } = packaged('prod');
    const callees = resourcesOf(template, 'AWS::Lambda::Permission')
      .filter(([name]) => name.endsWith('Websockets'))
      .flatMap(([, { FunctionName }]) => referencesIn(FunctionName).map(({ name }) => name));
    expect(callees).toHaveLength(5);
    const told = callees.map((name) => template.Resources[name]?.Properties?.['Environment']);
    for (const each of told) expect(each).toMatchObject({ Variables: { ADMISSION_SECRET_ARN: expect.anything() } });
  });

  it('watches the broker by the name that it has, and its disk by its own limit', () => {
    const { template } = packaged('prod');
    const name = template.Resources['Broker']?.Properties?.['BrokerName'];
    const dimensions = [{ Name: 'Broker', Value: name }];
    const { BrokerCpuAlarm, BrokerDiskAlarm } = template.Resources;
    expect(BrokerCpuAlarm?.Properties).toMatchObject({ Dimensions: dimensions, Threshold: 80 });
    const metric = (MetricName: string) => ({ MetricStat: { Metric: { MetricName, Dimensions: dimensions } } });
    expect(BrokerDiskAlarm?.Properties).toMatchObject({
      Metrics: [{ Expression: 'part / whole' }, metric('RabbitMQDiskFree'), metric('RabbitMQDiskFreeLimit')],
      Threshold: 1.5,
    });
  });

  it.each([
    ['dev', 300, 225],
    ['prod', 1_500, 3_375],
  ])('has the broker of %s take %i connections a node, and tells before they are used up', (stage, perNode, told) => {
    const { Resources } = packaged(stage).template;
    expect(Resources['BrokerConfiguration']?.Properties?.['Data']).toEqual({
      'Fn::Base64': expect.stringMatching(new RegExp(`^connection_max = ${perNode}$`, 'm')),
    });
    expect(Resources['BrokerConnectionsAlarm']?.Properties).toMatchObject({
      MetricName: 'ConnectionCount',
      Dimensions: [{ Name: 'Broker', Value: Resources['Broker']?.Properties?.['BrokerName'] }],
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: told,
    });
  });

  it.each([
    ['dev', ['0001-001', '0001-002']],
    ['prod', ['0001-001', '0001-002', '0002-001', '0002-002']],
  ])('tells before a node of Redis of %s takes no further connections', (stage, nodes) => {
    const alarms = resourcesOf(packaged(stage).template, 'AWS::CloudWatch::Alarm')
      .map(([, properties]) => properties)
      .filter(({ MetricName }) => MetricName === 'CurrConnections');
    expect(alarms.map(({ Dimensions }) => Dimensions)).toEqual(
      nodes.map((node) => [{ Name: 'CacheClusterId', Value: { 'Fn::Sub': `\${Cache}-${node}` } }]),
    );
    for (const alarm of alarms)
      expect(alarm).toMatchObject({ ComparisonOperator: 'GreaterThanThreshold', Threshold: 15_000 });
  });

  it('lets Lambda do all that AWS says it needs to put a function in a network', () => {
    const { template } = packaged('dev');
    const actions = resourcesOf(template, 'AWS::IAM::Role').flatMap(([role, { Policies }]) =>
      [...objectsIn(Policies)]
        .filter(({ Sid }) => Sid === 'Network' || Sid === 'NetworkIsLambdas')
        .map(({ Action }) => [role, (Action as string[]).toSorted()]),
    );
    // AWSLambdaVPCAccessExecutionRole, without its logs.
    const six = [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ];
    expect(actions.length).toBeGreaterThan(20);
    for (const [, each] of actions) expect(each).toEqual(six);
  });

  it('empties the queues of an earlier generation before it reads those of the next', async () => {
    const parameters: Readonly<Record<string, unknown>> = {
      'param:shards': 6,
      'param:generation': 2,
      'param:drainingShards': 4,
      'param:drainingGeneration': '1',
      'param:batchSize': 100,
    };
    const events: { rabbitmq: { queue: string; enabled: boolean } }[] = await fanout({
      resolveVariable: async (name: string) => parameters[name],
    });
    expect(events.map(({ rabbitmq: { queue, enabled } }) => `${queue} ${enabled}`)).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((shard) => `events-2.${shard} false`),
      ...[0, 1, 2, 3].map((shard) => `events.${shard} true`),
    ]);
  });
});

/** The names of a zip’s files. */
const namesIn = (zip: string): string[] => {
  const names: string[] = [];
  unzipSync(readFileSync(zip), {
    filter: ({ name }) => {
      names.push(name);
      return false;
    },
  });
  return names;
};

describe('the zips', () => {
  it('are those of the functions, and hold nothing that the runtime would take for a handler’s module', () => {
    const { template, directory } = packaged('prod');
    const found = resourcesOf(template, 'AWS::Lambda::Function').map(([name, { Handler }]) => {
      const key = name.charAt(0).toLowerCase() + name.slice(1, -'LambdaFunction'.length);
      const names = namesIn(join(directory, `${key}.zip`));
      const exists = (path: string) => names.some((each) => each === path || each.startsWith(`${path}/`));
      return [`${key}.zip`, handlerFile(String(Handler), exists)];
    });
    const zips = readdirSync(directory).filter((name) => name.endsWith('.zip'));
    const expected = zips.map((zip) => [zip, `.build/functions/${zip.replace(/zip$/, 'mjs')}`]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });
});

/** A template with some resources, after what a plant makes of them. */
const planted = (change: Readonly<Record<string, Partial<TemplateResource>>>): Template => {
  const { template } = packaged('dev');
  const resources = Object.entries(change).map(([name, { Properties, ...resource }]) => {
    const before = template.Resources[name];
    return [name, { ...before, ...resource, Properties: { ...before?.Properties, ...Properties } }];
  });
  return { ...template, Resources: { ...template.Resources, ...Object.fromEntries(resources) } };
};

const statement = (Action: string, Resource: unknown = 'arn:aws:s3:::bucket') => ({
  Type: 'AWS::IAM::Policy',
  Properties: { PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource }] } },
});

type Plant = Readonly<Record<string, Partial<TemplateResource>>>;

const without = (name: string, property: string): Plant => ({ [name]: { Properties: { [property]: undefined } } });

/** For every policy, what each part of it must find. */
const PLANTS: Readonly<Record<string, readonly Plant[]>> = {
  'no action by wildcard': [{ Planted: statement('s3:*') }],
  'no action on everything that could name a resource': [{ Planted: statement('s3:GetObject', '*') }],
  'a role for each function': [
    { MessageLambdaFunction: { Properties: { Role: { 'Fn::GetAtt': ['ConnectRole', 'Arn'] } } } },
  ],
  'functions are called by what is named': [
    without('MonitorLambdaPermissionHttpApi', 'SourceArn'),
    without('SweepLambdaPermissionEventsRuleSchedule1', 'SourceArn'),
    { ConnectLambdaPermissionWebsockets: { Properties: { SourceArn: 'arn:aws:execute-api:*:*:*' } } },
  ],
  'a broker that takes every message': [
    without('Broker', 'Configuration'),
    { BrokerConfiguration: { Properties: { Data: { 'Fn::Base64': 'max_message_size = 524288\n' } } } },
  ],
  'encryption on': [
    { Cache: { Properties: { TransitEncryptionEnabled: false } } },
    without('Cache', 'AtRestEncryptionEnabled'),
    without('Cache', 'AuthToken'),
    without('Broker', 'EncryptionOptions'),
    without('AdminKey', 'KmsKeyId'),
    without('FanoutLogGroup', 'KmsKeyId'),
    without('AlarmTopic', 'KmsMasterKeyId'),
    without('FanoutLambdaFunction', 'KmsKeyArn'),
    without('Key', 'EnableKeyRotation'),
  ],
  'nothing reachable from the internet but the two APIs': [
    { Broker: { Properties: { PubliclyAccessible: true } } },
    { Planted: { Type: 'AWS::EC2::SecurityGroup', Properties: { SecurityGroupIngress: [{ CidrIp: '0.0.0.0/0' }] } } },
    { Planted: { Type: 'AWS::EC2::SecurityGroupIngress', Properties: { CidrIp: '0.0.0.0/0' } } },
  ],
  'log retention': [
    without('FanoutLogGroup', 'RetentionInDays'),
    { FanoutLambdaFunction: { Properties: { FunctionName: 'another' } } },
  ],
  'no secret in the template': [{ Planted: { Type: 'Planted', Properties: { url: 'amqps://user:secret@host' } } }],
  'no secret in an environment': [
    {
      FanoutLambdaFunction: {
        Properties: { Environment: { Variables: { KEY: { 'Fn::Sub': '{{resolve:secretsmanager:key}}' } } } },
      },
    },
  ],
  'each function reads the secrets that it is told of': [
    { SweepLambdaFunction: { Properties: { Environment: { Variables: {} } } } },
    { SweepLambdaFunction: { Properties: { Environment: { Variables: { REDIS_SECRET_ARN: { Ref: 'AdminKey' } } } } } },
  ],
  'secrets are read within the network': [
    without('SecretsEndpoint', 'ServiceName'),
    without('SecretsEndpoint', 'PrivateDnsEnabled'),
    without('SecretsSecurityGroup', 'SecurityGroupIngress'),
  ],
  'nothing of a laptop': [{ Planted: { Type: 'Planted', Properties: { url: 'http://127.0.0.1:3001' } } }],
  'throttling and access logs': [
    { WebsocketsDeploymentStage: { Properties: { DefaultRouteSettings: {} } } },
    without('WebsocketsDeploymentStage', 'AccessLogSettings'),
    {
      WebsocketsDeploymentStage: {
        Properties: { DefaultRouteSettings: { ThrottlingRateLimit: 1, DataTraceEnabled: true } },
      },
    },
  ],
  'an alarm for every function, and someone who is told what to do': [
    { FanoutErrorsAlarm: { Properties: { AlarmActions: [] } } },
    { FanoutErrorsAlarm: { Properties: { AlarmDescription: 'Invocations fail' } } },
    { Planted: { Type: 'AWS::Lambda::Function', Properties: {} } },
  ],
  'removal is decided for what holds data': [
    { Planted: { Type: 'AWS::AmazonMQ::Broker', DeletionPolicy: undefined as never } },
  ],
  'what is kept can be used': [{ Key: { DeletionPolicy: 'Delete' } }, { Broker: { DeletionPolicy: 'Retain' } }],
  'what is kept is out of the way': [
    { Key: { DeletionPolicy: 'Retain' } },
    { Broker: { DeletionPolicy: 'RetainExceptOnCreate', Properties: { BrokerName: 'a-name' } } },
  ],
  'nothing waits for what may not be made': [{ WebsocketsDeploymentStage: { DependsOn: 'GatewayLogs' } }],
  'tags on every function': [{ FanoutLambdaFunction: { Properties: { Tags: [{ Key: 'service', Value: 'x' }] } } }],
  'an authorizer that says where identity comes from': [
    without('AuthorizerWebsocketsAuthorizer', 'IdentitySource'),
    { SconnectWebsocketsRoute: { Properties: { AuthorizationType: 'NONE' } } },
  ],
  'a declared queue for each mapping': [
    { Topology: { Properties: { Shards: 3 } } },
    { Topology: { Properties: { Shards: 5 } } },
    {
      FanoutEventSourceMappingPlanted: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { Queues: ['events.0'] },
      },
    },
  ],
};

describe('docs/alarms.md', () => {
  it('says of every alarm what to do', () => {
    const guide = readFileSync(new URL('../../docs/alarms.md', import.meta.url), 'utf8');
    const headings = new Set(
      resourcesOf(packaged('prod').template, 'AWS::CloudWatch::Alarm').map(([, { AlarmName }]) =>
        String(AlarmName)
          .replace('realtime-sync-prod-', '')
          .replace(/-(\d{4}-\d{3}|\d+)$/, '')
          .replace(/^\w+-(errors|throttles)$/, (whole, what: string) =>
            whole === 'http-errors' ? whole : `*-${what}`,
          ),
      ),
    );
    expect(headings.size).toBeGreaterThan(8);
    expect([...headings].filter((heading) => !guide.includes(`\n## \`${heading}\`\n`))).toEqual([]);
  });
});

describe('the checks', () => {
  it.each(Object.entries(policies))('find each violation planted against: %s', (name, policy) => {
    const plants = PLANTS[name] ?? [];
    expect(plants, 'every policy has a plant').not.toEqual([]);
    for (const plant of plants) expect(policy(planted(plant)), JSON.stringify(plant)).not.toEqual([]);
  });

  it.each([
    ['a type there is not', { Planted: { Type: 'AWS::Lambda::Funktion' } }],
    ['a property there is not', { Cache: { Properties: { Durabilty: 'sync' } } }],
    ['a value of another kind', { Cache: { Properties: { NumNodeGroups: 'two' } } }],
    ['a list where a text is wanted', { Broker: { Properties: { BrokerName: ['a'] } } }],
    ['a required property that is missing', { Planted: { Type: 'AWS::EC2::Subnet', Properties: {} } }],
    ['an attribute there is not', { Cache: { Properties: { KmsKeyId: { 'Fn::GetAtt': ['Key', 'Arm'] } } } }],
    ['a reference to nothing', { Cache: { Properties: { KmsKeyId: { Ref: 'Lock' } } } }],
    ['a condition there is not', { NatB: { Condition: 'NatPerPlanet' } }],
  ])('find %s', (_, change) => {
    expect(checkAgainstSpecification(planted(change))).toHaveLength(1);
  });

  it.each([
    ['lacks a request that its function makes', ['POST']],
    ['has one that it does not make', ['DELETE', 'GET', 'POST']],
  ])('find a role that %s', (_, methods) => {
    const { directory } = packaged('dev');
    const statements = methods.map((method) => ({ Effect: 'Allow', Resource: `/${method}/@connections/*` }));
    const role = { FanoutRole: { Properties: { Policies: [{ PolicyDocument: { Statement: statements } }] } } };
    const { Resources, ...template } = planted(role);
    const allowed = requestsAllowed({ ...template, Resources }, Resources['FanoutLambdaFunction']?.Properties ?? {});
    expect(allowed).toEqual(methods);
    expect(allowed).not.toEqual(requestsIn(join(directory, '../.build/functions/fanout.mjs')));
  });

  it('find a circle', () => {
    expect(() => deployOrder(planted({ Broker: { DependsOn: 'Topology' } }))).toThrow(/wait for each other:.*Broker/);
  });
});

/** What is kept of the templates of the latest version; written anew with RECORD_TEMPLATES=1, which is part of a release. */
const released = (stage: string): string => join(import.meta.dirname, 'released', `${stage}.json`);

describe.each(STAGES)('a stage %s of the latest version', (stage) => {
  const latest = (): Template => JSON.parse(readFileSync(released(stage), 'utf8'));

  it('keeps what holds data when this one is deployed over it', () => {
    const { template } = packaged(stage);
    if (process.env['RECORD_TEMPLATES'] === '1') {
      mkdirSync(dirname(released(stage)), { recursive: true });
      writeFileSync(released(stage), `${JSON.stringify(holdingOf(template), null, 2)}\n`);
    }
    expect(Object.keys(latest().Resources)).toEqual(expect.arrayContaining(['Broker', 'Cache', 'BrokerSecret', 'Key']));
    expect(lossesBetween(latest(), template)).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, Partial<TemplateResource> | undefined>>, string]>([
    ['a broker of another name', { Broker: { Properties: { BrokerName: 'another' } } }, 'Broker is replaced'],
    ['a broker of another deployment', { Broker: { Properties: { DeploymentMode: 'X' } } }, 'Broker is replaced'],
    ['a broker under another name in the template', { Broker: undefined }, 'Broker is removed, or renamed'],
    ['a cache of another engine', { Cache: { Properties: { Engine: 'memcached' } } }, 'Cache is replaced'],
    ['a cache of other shards', { Cache: { Properties: { NumNodeGroups: 9 } } }, 'Cache may be replaced'],
    [
      'subnets of a cache that are others',
      { CacheSubnets: { Properties: { CacheSubnetGroupName: 'another' } } },
      'Cache is replaced: its CacheSubnetGroupName is of CacheSubnets',
    ],
    ['a network of other addresses', { Vpc: { Properties: { CidrBlock: '10.99.0.0/16' } } }, 'Broker is replaced'],
    ['a secret that is given a name', { CacheSecret: { Properties: { Name: 'cache' } } }, 'CacheSecret is replaced'],
    ['a key that is none any more', { Key: { Type: 'AWS::KMS::ReplicaKey' } }, 'Key is AWS::KMS::ReplicaKey'],
    ['a secret that is made under a condition', { BrokerSecret: { Condition: 'AlarmEmail' } }, 'BrokerSecret is made'],
  ])('would lose something by %s', (_, planted, says) => {
    const { template } = packaged(stage);
    const Resources = Object.fromEntries(
      Object.entries(template.Resources).flatMap(([name, resource]) => {
        if (!(name in planted)) return [[name, resource]];
        const change = planted[name];
        if (change === undefined) return [[`${name}2`, resource]];
        return [[name, { ...resource, ...change, Properties: { ...resource.Properties, ...change.Properties } }]];
      }),
    );
    const losses = lossesBetween(latest(), { ...template, Resources });
    expect(losses.filter((loss) => loss.startsWith(says))).toHaveLength(1);
  });

  it('loses nothing by larger instances', () => {
    const { template } = packaged(stage);
    const { Broker, Cache, ...others } = template.Resources as Readonly<Record<string, TemplateResource>>;
    const Resources = {
      ...others,
      Broker: { ...Broker, Properties: { ...Broker?.Properties, HostInstanceType: 'mq.m7g.xlarge' } },
      Cache: { ...Cache, Properties: { ...Cache?.Properties, CacheNodeType: 'cache.r7g.xlarge' } },
    } as Template['Resources'];
    expect(lossesBetween(latest(), { ...template, Resources })).toEqual([]);
  });
});
