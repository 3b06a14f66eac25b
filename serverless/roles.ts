import { logicalName, type Resource } from './template.ts';

/** What a function may be allowed beyond the least every one needs; `access` in serverless.yml lists it. */
export const ACCESS = ['post', 'find', 'close', 'consume'] as const;
export type Access = (typeof ACCESS)[number];

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const sub = (text: string) => ({ 'Fn::Sub': text });
const arn = (service: string, rest: string) =>
  sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`);

/**
 * What Lambda does on a function's behalf to put it in the network. Source: AWS's managed policy
 * AWSLambdaVPCAccessExecutionRole, which has these on everything.
 */
const INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

// These take no resource.
const TRACES: Statement = {
  Sid: 'Traces',
  Effect: 'Allow',
  Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  Resource: '*',
};

/** A request to `@connections`, by its method. */
const connections = (Sid: string, method: string): Statement => ({
  Sid,
  Effect: 'Allow',
  Action: ['execute-api:ManageConnections'],
  Resource: arn('execute-api', `\${WebsocketsApi}/<stage>/${method}/@connections/*`),
});

const granted = (access: Access, broker: unknown, secret: unknown): Statement[] => {
  switch (access) {
    case 'post':
      return [connections('Post', 'POST')];
    case 'find':
      return [connections('Find', 'GET')];
    case 'close':
      return [connections('Close', 'DELETE')];
    case 'consume':
      return [
        { Sid: 'Broker', Effect: 'Allow', Action: ['mq:DescribeBroker'], Resource: broker },
        { Sid: 'Credentials', Effect: 'Allow', Action: ['secretsmanager:GetSecretValue'], Resource: secret },
        {
          Sid: 'Mapping',
          Effect: 'Allow',
          Action: ['ec2:DescribeVpcs', 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'],
          // These take no resource.
          Resource: '*',
        },
      ];
  }
};

/** Reads the secrets that a function’s environment names, and no others. */
const secretsOf = (secrets: readonly unknown[]): Statement[] =>
  secrets.length === 0
    ? []
    : [{ Sid: 'Secrets', Effect: 'Allow', Action: ['secretsmanager:GetSecretValue'], Resource: secrets }];

/**
 * Lets a function read secrets.
 *
 * @param role - of the function, as `roleOf` made it; it is completed in place.
 * @param secrets - their ARNs.
 */
export const allowSecrets = (role: Resource | undefined, secrets: readonly unknown[]): void => {
  const [policy] = (role?.Properties?.['Policies'] ?? []) as readonly { PolicyDocument: { Statement: Statement[] } }[];
  policy?.PolicyDocument.Statement.push(...secretsOf(secrets));
};

/** Fills the stage in, which the template knows as a text and not as a parameter. */
const withStage = <T>(value: T, stage: string): T =>
  JSON.parse(JSON.stringify(value).replaceAll('<stage>', stage)) as T;

/**
 * A role for one function: its own log group, the network, the stage's key, and what `access` lists.
 *
 * @param functionKey - the function's key in serverless.yml.
 * @param name - its name on AWS.
 * @param isTraced - whether it hands traces to X-Ray.
 * @param events - of the mappings it consumes from: the broker’s ARN and that of the credentials.
 */
export const roleOf = (
  functionKey: string,
  name: string,
  stage: string,
  access: readonly Access[],
  events: { readonly broker: unknown; readonly secret: unknown },
  isTraced: boolean,
): Resource => {
  const statements: Statement[] = [
    {
      Sid: 'Log',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': [`${logicalName(functionKey)}LogGroup`, 'Arn'] },
    },
    // These take no resource when Lambda tries them; the function's own code may not use them.
    { Sid: 'Network', Effect: 'Allow', Action: INTERFACES, Resource: '*' },
    {
      Sid: 'NetworkIsLambdas',
      Effect: 'Deny',
      Action: INTERFACES,
      Resource: '*',
      Condition: { ArnEquals: { 'lambda:SourceFunctionArn': [arn('lambda', `function:${name}`)] } },
    },
    ...(isTraced ? [TRACES] : []),
    { Sid: 'Key', Effect: 'Allow', Action: ['kms:Decrypt'], Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    ...access.flatMap((each) => granted(each, events.broker, events.secret)),
  ];
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
      },
      Policies: [
        { PolicyName: functionKey, PolicyDocument: { Version: '2012-10-17', Statement: withStage(statements, stage) } },
      ],
    },
  };
};
