import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Package, packageStage } from '../template/package.ts';
import type { Template, TemplateResource } from '../template/template.ts';
import { pythonTools } from './python-tools.ts';

const CREATE = fileURLToPath(new URL('create.py', import.meta.url));

/** What moto makes in no way, and why nothing is missed by that. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Deployment': 'moto keeps a stage without one',
  'AWS::ElastiCache::ParameterGroup': 'its API in moto 5.2.5 fails on every call',
  'AWS::ElastiCache::SubnetGroup': 'its API in moto 5.2.5 wants subnets of a network that another call made',
  'AWS::Lambda::EventSourceMapping': 'moto knows mappings of queues and streams, and none of Amazon MQ',
  'AWS::Logs::ResourcePolicy': 'a text that Amazon MQ reads, and moto does not',
  'AWS::S3::BucketPolicy': 'the framework’s own, of the bucket for its packages',
  'Custom::Topology': 'a function of ours, which test/packaged runs',
};

interface Outcome {
  readonly status: string;
  readonly made: Readonly<Record<string, string>>;
  readonly refused: Readonly<Record<string, string>>;
  /** What is not to be made, since its condition is not met. */
  readonly unmet: readonly string[];
}

let programs: string;
const packages = new Map<string, Package>();

beforeAll(async () => {
  programs = await pythonTools('stack');
  for (const stage of ['dev', 'prod']) packages.set(stage, await packageStage(stage));
});
afterAll(() => {
  for (const each of packages.values()) each.remove();
});

const packaged = (stage: string): Package => packages.get(stage) as Package;

/** What becomes of a template in moto. */
const create = async (stage: string, template: Template, region: string): Promise<Outcome> => {
  const file = join(packaged(stage).directory, 'created.json');
  writeFileSync(file, JSON.stringify(template));
  const { stdout } = await promisify(execFile)(join(programs, 'python'), [CREATE, file, region], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout) as Outcome;
};

it.each([
  ['dev', 'eu-central-1'],
  ['prod', 'us-east-1'],
])('moto makes the whole stack of %s in %s, but for what it does not know', async (stage, region) => {
  const { template } = packaged(stage);
  const { status, made, refused, unmet } = await create(stage, template, region);
  expect(refused).toEqual({});
  expect(status).toBe('CREATE_COMPLETE');
  const missing = Object.entries(template.Resources).filter(([name]) => !(name in made) && !unmet.includes(name));
  expect(missing.filter(([, { Type }]) => !(Type in EXCEPTIONS)).map(([name]) => name)).toEqual([]);
  // What is made after all needs no exception.
  expect(new Set(missing.map(([, { Type }]) => Type))).toEqual(new Set(Object.keys(EXCEPTIONS)));
});

/** A template with something changed: properties are added to what is there. */
const planted = (template: Template, changes: Readonly<Record<string, Partial<TemplateResource>>>): Template => ({
  ...template,
  Resources: {
    ...template.Resources,
    ...Object.fromEntries(
      Object.entries(changes).map(([name, change]) => {
        const before = template.Resources[name] as TemplateResource;
        return [name, { ...before, ...change, Properties: { ...before.Properties, ...change.Properties } }];
      }),
    ),
  },
});

it('what a service would refuse of a property is refused, each by its own', async () => {
  const { refused } = await create(
    'dev',
    planted(packaged('dev').template, {
      Broker: { Properties: { DeploymentMode: 'CLUSTER', MaintenanceWindow: 'SUNDAY' } },
      BrokerConfiguration: { Properties: { EngineVersion: 42 } },
      BrokerSecret: { Properties: { GenerateSecretString: { PasswordLength: 5_000 } } },
      Cache: { Properties: { NumNodeGroups: 'two' } },
      LatencyAlarm: { Properties: { EvaluationPeriods: 0 } },
      ParkedAlarm: { Properties: { Threshhold: 1 } },
      WebsocketsApi: { Properties: { ProtocolType: undefined } },
    }),
    'eu-central-1',
  );
  expect(Object.keys(refused)).toEqual(
    expect.arrayContaining([
      ...['Broker', 'BrokerConfiguration', 'BrokerSecret', 'Cache', 'LatencyAlarm', 'ParkedAlarm', 'WebsocketsApi'],
    ]),
  );
});

it.each<[string, string, Partial<TemplateResource>]>([
  ['a subnet outside of its network', 'PrivateSubnetA', { Properties: { CidrBlock: '10.99.0.0/24' } }],
  ['a function whose role is none', 'FanoutLambdaFunction', { Properties: { Role: 'nobody' } }],
])('a stack with %s is not made', async (_, name, change) => {
  const { status } = await create('dev', planted(packaged('dev').template, { [name]: change }), 'eu-central-1');
  expect(status).not.toBe('CREATE_COMPLETE');
});
