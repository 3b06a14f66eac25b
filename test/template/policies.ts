import { MOST_OF_MESSAGE } from '../../lib/config/variables.ts';
import { isObject, type Json, objectsIn, referencesIn, resourcesOf, type Template } from './template.ts';

/** What every stage must keep to. Each gives back what breaks it, a line each. */
export type Policy = (template: Template) => string[];

const listOf = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());

const statementsOf = (template: Template): [string, Json][] =>
  Object.entries(template.Resources).flatMap(([name, { Properties }]) =>
    [...objectsIn(Properties)]
      .filter((object) => object['Effect'] !== undefined && object['Action'] !== undefined)
      .map((statement) => [name, statement] as [string, Json]),
  );

const noWildcardActions: Policy = (template) =>
  statementsOf(template)
    .filter(([, { Effect }]) => Effect === 'Allow')
    .flatMap(([name, { Action }]) =>
      listOf(Action)
        .filter((action) => String(action).includes('*'))
        .map((action) => `${name} allows ${action}`),
    );

/** Actions that take no resource but all, as AWS documents them or has them in its own policies. */
const WITHOUT_RESOURCE =
  /^ec2:(?:Describe|CreateNetworkInterface|DeleteNetworkInterface|(?:Una|A)ssignPrivateIpAddresses)/;

const noWildcardResources: Policy = (template) =>
  statementsOf(template)
    .filter(
      ([, { Effect, Resource, Principal }]) =>
        Effect === 'Allow' && Principal === undefined && listOf(Resource).includes('*'),
    )
    .flatMap(([name, { Action }]) =>
      listOf(Action)
        .filter((action) => !WITHOUT_RESOURCE.test(String(action)))
        .map((action) => `${name} allows ${action} on everything`),
    );

const ownRoles: Policy = (template) => {
  const users = new Map<string, string>();
  return resourcesOf(template, 'AWS::Lambda::Function').flatMap(([name, { Role }]) => {
    const role = JSON.stringify(Role);
    const other = users.get(role);
    users.set(role, name);
    return other === undefined ? [] : [`${name} shares the role of ${other}`];
  });
};

/** Properties that say a resource keeps what it holds encrypted. */
const ENCRYPTION: Readonly<Record<string, readonly string[]>> = {
  'AWS::ElastiCache::ReplicationGroup': [
    'AtRestEncryptionEnabled',
    'TransitEncryptionEnabled',
    'KmsKeyId',
    'AuthToken',
  ],
  'AWS::AmazonMQ::Broker': ['EncryptionOptions'],
  'AWS::SecretsManager::Secret': ['KmsKeyId'],
  'AWS::Logs::LogGroup': ['KmsKeyId'],
  'AWS::SNS::Topic': ['KmsMasterKeyId'],
  'AWS::Lambda::Function': ['KmsKeyArn'],
  'AWS::KMS::Key': ['EnableKeyRotation'],
  'AWS::S3::Bucket': ['BucketEncryption'],
};

const encryption: Policy = (template) =>
  Object.entries(ENCRYPTION).flatMap(([type, properties]) =>
    resourcesOf(template, type).flatMap(([name, values]) =>
      properties.filter((property) => !values[property]).map((property) => `${name} does not set ${property}`),
    ),
  );

const nothingPublic: Policy = (template) => [
  ...resourcesOf(template, 'AWS::AmazonMQ::Broker').flatMap(([name, { PubliclyAccessible }]) =>
    PubliclyAccessible === false ? [] : [`${name} can be reached from the internet`],
  ),
  ...['AWS::EC2::SecurityGroup', 'AWS::EC2::SecurityGroupIngress'].flatMap((type) =>
    resourcesOf(template, type).flatMap(([name, values]) =>
      [...objectsIn(values)].some(({ CidrIp }) => CidrIp === '0.0.0.0/0') ? [`${name} lets everyone in`] : [],
    ),
  ),
];

const logRetention: Policy = (template) => {
  const groups = new Map(
    resourcesOf(template, 'AWS::Logs::LogGroup').map(([, { LogGroupName, RetentionInDays }]) => [
      LogGroupName,
      RetentionInDays,
    ]),
  );
  return [
    ...resourcesOf(template, 'AWS::Lambda::Function').flatMap(([name, { FunctionName }]) =>
      groups.has(`/aws/lambda/${FunctionName}`) ? [] : [`${name} has no log group`],
    ),
    ...[...groups].flatMap(([name, days]) => (Number(days) > 0 ? [] : [`${name} keeps its logs for ever`])),
  ];
};

/** What a deployment’s topology declares, from its own parameters. */
const declaredQueues = (template: Template, queuesOf: (shards: number, generation: number) => string[]): Set<string> =>
  new Set(
    Object.values(template.Resources)
      .filter(({ Type }) => Type === 'Custom::Topology')
      .flatMap(({ Properties = {} }) => queuesOf(Number(Properties['Shards']), Number(Properties['Generation']))),
  );

/** A mapping of a queue that is not there fails for ever; one of Lambda’s default window adds half a second. */
export const mappings =
  (queuesOf: (shards: number, generation: number) => string[]): Policy =>
  (template) => {
    const declared = declaredQueues(template, queuesOf);
    const resources = resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
    const consumed = new Set(resources.flatMap(([, { Queues }]) => listOf(Queues).map(String)));
    return [
      ...[...consumed].filter((queue) => !declared.has(queue)).map((queue) => `nothing declares the queue ${queue}`),
      ...[...declared].filter((queue) => !consumed.has(queue)).map((queue) => `nothing consumes the queue ${queue}`),
      ...resources.flatMap(([name, values]) =>
        values['MaximumBatchingWindowInSeconds'] === 0 ? [] : [`${name} waits for a batch to fill`],
      ),
      ...resources.flatMap(([name]) =>
        listOf(template.Resources[name]?.DependsOn).includes('Topology') ? [] : [`${name} may come before its queue`],
      ),
    ];
  };

/** The broker takes what a message may have at most, whatever the stage allows; of its own accord it takes half a megabyte. */
const brokerTakesMessages: Policy = (template) =>
  resourcesOf(template, 'AWS::AmazonMQ::Broker').flatMap(([name, { Configuration }]) => {
    const [reference] = referencesIn(Configuration);
    const data = template.Resources[reference?.name ?? '']?.Properties?.['Data'];
    const text = isObject(data) ? String(data['Fn::Base64']) : '';
    const limit = /^max_message_size = (\d+)$/m.exec(text)?.[1];
    return Number(limit) === MOST_OF_MESSAGE ? [] : [`${name} does not take what a message may have`];
  });

const SECRET = /(?:amqps?|rediss?):\/\/[^{]*:[^{]+@|password123|guest:guest/;

const noSecrets: Policy = (template) =>
  Object.entries(template.Resources).flatMap(([name, resource]) =>
    SECRET.test(JSON.stringify(resource)) ? [`${name} holds a secret`] : [],
  );

const environmentOf = ({ Environment }: Json): Json => {
  const { Variables } = isObject(Environment) ? Environment : {};
  return isObject(Variables) ? Variables : {};
};

/** A secret in an environment stays as it was when the function was deployed, for whoever may look at the function. */
const noSecretsInEnvironments: Policy = (template) =>
  resourcesOf(template, 'AWS::Lambda::Function').flatMap(([name, properties]) =>
    JSON.stringify(environmentOf(properties)).includes('{{resolve:') ? [`${name} has a secret in its environment`] : [],
  );

/** What a function may read of Secrets Manager, of its own accord. */
const secretsAllowed = (template: Template, { Role }: Json): unknown[] => {
  const [role] = referencesIn(Role);
  return statementsOf(template)
    .filter(([name, { Sid }]) => name === role?.name && Sid === 'Secrets')
    .flatMap(([, { Resource }]) => listOf(Resource));
};

const ownSecrets: Policy = (template) =>
  resourcesOf(template, 'AWS::Lambda::Function').flatMap(([name, properties]) => {
    const told = Object.entries(environmentOf(properties)).filter(([variable]) => variable.endsWith('_SECRET_ARN'));
    const textsOf = (values: readonly unknown[]) => JSON.stringify(values.map((value) => JSON.stringify(value)).sort());
    return textsOf(told.map(([, secret]) => secret)) === textsOf(secretsAllowed(template, properties))
      ? []
      : [`${name} may read other secrets than it is told of`];
  });

/** Within the network the endpoint answers for Secrets Manager, also to mappings, which ask from the broker’s own group. */
const secretsWithinReach: Policy = (template) => {
  const endpoints = resourcesOf(template, 'AWS::EC2::VPCEndpoint').filter(([, { ServiceName }]) =>
    JSON.stringify(ServiceName ?? '').endsWith('.secretsmanager"}'),
  );
  if (endpoints.length !== 1) return ['functions ask for secrets over the internet'];
  return endpoints.flatMap(([name, { SecurityGroupIds, PrivateDnsEnabled }]) => {
    const [group] = referencesIn(SecurityGroupIds);
    const rules = template.Resources[group?.name ?? '']?.Properties?.['SecurityGroupIngress'];
    const asking = referencesIn(rules).map((reference) => reference.name);
    return [
      ...(PrivateDnsEnabled === true ? [] : [`${name} is not what the name of Secrets Manager leads to`]),
      ...['FunctionsSecurityGroup', 'BrokerSecurityGroup']
        .filter((asker) => !asking.includes(asker))
        .map((asker) => `${name} does not let ${asker} in`),
    ];
  });
};

const nothingLocal: Policy = (template) =>
  Object.entries(template.Resources).flatMap(([name, resource]) =>
    /127\.0\.0\.1|localhost|"AUTH_MODE":"dev"/.test(JSON.stringify(resource)) ? [`${name} is of a laptop`] : [],
  );

const throttlingAndAccessLogs: Policy = (template) =>
  resourcesOf(template, 'AWS::ApiGatewayV2::Stage').flatMap(([name, { AccessLogSettings, DefaultRouteSettings }]) => {
    const settings = isObject(DefaultRouteSettings) ? DefaultRouteSettings : {};
    return [
      ...(isObject(AccessLogSettings) ? [] : [`${name} logs no access`]),
      ...(Number(settings['ThrottlingRateLimit']) > 0 ? [] : [`${name} has no limit of requests`]),
      ...(settings['DataTraceEnabled'] === true ? [`${name} logs what clients say`] : []),
    ];
  });

/** Three things to do first, and no longer than CloudWatch takes. */
const isHelpful = (text: unknown): boolean =>
  typeof text === 'string' && text.length <= 1_024 && /First: 1\. .+\. 2\. .+\. 3\. .+\./.test(text);

const alarms: Policy = (template) => {
  const watched = JSON.stringify(resourcesOf(template, 'AWS::CloudWatch::Alarm'));
  return [
    ...resourcesOf(template, 'AWS::Lambda::Function').flatMap(([name]) =>
      watched.includes(`{"Ref":"${name}"}`) ? [] : [`no alarm watches ${name}`],
    ),
    ...resourcesOf(template, 'AWS::CloudWatch::Alarm').flatMap(([name, { AlarmActions, AlarmDescription }]) => [
      ...(listOf(AlarmActions).length > 0 ? [] : [`${name} tells nobody`]),
      ...(isHelpful(AlarmDescription) ? [] : [`${name} does not say what to do first`]),
    ]),
  ];
};

/** Types whose loss is a loss of data. */
const STATEFUL = ['AWS::ElastiCache::ReplicationGroup', 'AWS::AmazonMQ::Broker', 'AWS::SecretsManager::Secret'];

const removalIsDecided: Policy = (template) =>
  Object.entries(template.Resources).flatMap(([name, { Type, DeletionPolicy }]) =>
    STATEFUL.includes(Type) && DeletionPolicy === undefined ? [`${name} says nothing of its removal`] : [],
  );

/** What something cannot be without, once the rest of the stage is gone: its network and the key to what it holds. */
const NEEDED = /^AWS::(?:EC2::(?:VPC|Subnet|SecurityGroup)|KMS::Key)$/;

const keptIsUsable: Policy = ({ Resources }) => {
  const isKept = (name: string) => /^Retain/.test(Resources[name]?.DeletionPolicy ?? '');
  return Object.entries(Resources).flatMap(([name, { Properties, DeletionPolicy }]) => {
    const isSnapshot = DeletionPolicy === 'Snapshot';
    if (!isSnapshot && !isKept(name)) return [];
    return referencesIn(Properties)
      .map((reference) => [reference.name, Resources[reference.name]?.Type ?? ''] as const)
      .filter(([, type]) => (isSnapshot ? type === 'AWS::KMS::Key' : NEEDED.test(type)))
      .flatMap(([needed]) => (isKept(needed) ? [] : [`${name} is kept without ${needed}`]));
  });
};

/** A first deployment that fails leaves nothing; what is kept later stands in the way of no other stage of its name. */
const keptIsOutOfTheWay: Policy = ({ Resources }) =>
  Object.entries(Resources).flatMap(([name, { Type, DeletionPolicy, Properties = {} }]) => [
    // The versions of a function go with it.
    ...(DeletionPolicy === 'Retain' && Type !== 'AWS::Lambda::Version'
      ? [`${name} is left behind by a first deployment that fails`]
      : []),
    ...(/^Retain/.test(DeletionPolicy ?? '') && typeof Properties[NAMES[Type] ?? ''] === 'string'
      ? [`${name} has a name that the next stage wants`]
      : []),
  ]);

/** Names that can be had once in an account and region. */
const NAMES: Readonly<Record<string, string>> = {
  'AWS::AmazonMQ::Broker': 'BrokerName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::SecretsManager::Secret': 'Name',
};

/** What is made under a condition is waited for by a reference under the same: without it there is nothing to wait for. */
const waitsForWhatIsMade: Policy = ({ Resources }) =>
  Object.entries(Resources).flatMap(([name, { DependsOn, Condition }]) =>
    listOf(DependsOn).flatMap((other) => {
      const condition = Resources[String(other)]?.Condition;
      return condition === undefined || condition === Condition
        ? []
        : [`${name} waits for ${other}, which may not be made`];
    }),
  );

const tagged: Policy = (template) =>
  resourcesOf(template, 'AWS::Lambda::Function').flatMap(([name, { Tags }]) =>
    ['service', 'stage']
      .filter((key) => !JSON.stringify(Tags ?? []).includes(`"Key":"${key}"`))
      .map((key) => `${name} has no tag ${key}`),
  );

const explicitAuthorizer: Policy = (template) => [
  ...resourcesOf(template, 'AWS::ApiGatewayV2::Authorizer').flatMap(([name, { IdentitySource }]) =>
    Array.isArray(IdentitySource) ? [] : [`${name} leaves open where identity comes from`],
  ),
  ...resourcesOf(template, 'AWS::ApiGatewayV2::Route').flatMap(([name, { RouteKey, AuthorizationType }]) =>
    RouteKey === '$connect' && AuthorizationType !== 'CUSTOM' ? [`${name} lets everyone connect`] : [],
  ),
];

/** A service calls for whoever asks it to, of any account, unless a permission says on whose behalf. */
const namedCallers: Policy = (template) =>
  resourcesOf(template, 'AWS::Lambda::Permission').flatMap(([name, { SourceArn, SourceAccount }]) =>
    SourceAccount !== undefined || referencesIn(SourceArn).length > 0 ? [] : [`${name} lets any account call`],
  );

export const POLICIES: Readonly<Record<string, Policy>> = {
  'no action by wildcard': noWildcardActions,
  'no action on everything that could name a resource': noWildcardResources,
  'a role for each function': ownRoles,
  'functions are called by what is named': namedCallers,
  'a broker that takes every message': brokerTakesMessages,
  'encryption on': encryption,
  'nothing reachable from the internet but the two APIs': nothingPublic,
  'log retention': logRetention,
  'no secret in the template': noSecrets,
  'no secret in an environment': noSecretsInEnvironments,
  'each function reads the secrets that it is told of': ownSecrets,
  'secrets are read within the network': secretsWithinReach,
  'nothing of a laptop': nothingLocal,
  'throttling and access logs': throttlingAndAccessLogs,
  'an alarm for every function, and someone who is told what to do': alarms,
  'removal is decided for what holds data': removalIsDecided,
  'what is kept can be used': keptIsUsable,
  'what is kept is out of the way': keptIsOutOfTheWay,
  'nothing waits for what may not be made': waitsForWhatIsMade,
  'tags on every function': tagged,
  'an authorizer that says where identity comes from': explicitAuthorizer,
};
