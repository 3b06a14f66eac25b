import { settings } from '../lib/config/reference.ts';
import { alarmsOf } from './alarms.ts';
import { dashboardOf } from './dashboard.ts';
import type { CliOptions, FunctionDefinition, Hooks, PluginTools, Serverless } from './framework.ts';
import { nameCallers } from './permissions.ts';
import { ACCESS, type Access, allowSecrets, roleOf } from './roles.ts';
import { allowArnFunctions } from './schema.ts';
import { logicalName, type Template } from './template.ts';

interface Deployable extends FunctionDefinition {
  readonly access?: readonly Access[];
  /** What it is told: settings.ts. */
  readonly environment?: Readonly<Record<string, unknown>>;
  role?: unknown;
}

/** Of the variables of an environment, what names secrets. */
const secretsNamedIn = (environment: Readonly<Record<string, unknown>>): readonly unknown[] => {
  const variables = [...settings.values()].flatMap(({ kept }) => kept?.variable.name ?? []);
  return [...new Set(variables)].flatMap((name) => environment[name] ?? []);
};

interface DeployableServerless extends Omit<Serverless, 'service'> {
  readonly service: {
    readonly service: string;
    readonly functions: Readonly<Record<string, Deployable>>;
    readonly provider: {
      readonly stage: string;
      readonly compiledCloudFormationTemplate: Template;
    };
    readonly custom: {
      readonly required: Readonly<Record<string, unknown>>;
      readonly settings: { readonly parameters: Readonly<Record<string, unknown>> };
    };
  };
  readonly configSchemaHandler: {
    readonly schema: unknown;
    defineFunctionProperties(provider: string, schema: unknown): void;
  };
}

/** Nodes of a broker that is a cluster. Source: Amazon MQ, "Deploying a RabbitMQ broker". */
const NODES = 3;

/** Connections that the nodes of the broker take together, as its configuration says. */
const connectionsOf = (resources: Template['Resources']): number => {
  const data = resources['BrokerConfiguration']?.Properties?.['Data'] as Readonly<Record<string, string>> | undefined;
  const [, perNode] = /^connection_max = (\d+)$/m.exec(data?.['Fn::Base64'] ?? '') ?? [];
  return Number(perNode) * (resources['Broker']?.Properties?.['DeploymentMode'] === 'CLUSTER_MULTI_AZ' ? NODES : 1);
};

/**
 * Completes the template of a stage with what would otherwise be written once per function: a role with the least it
 * needs (`access` in serverless.yml), who may call it, alarms, the stage's key for its logs; and sees to it that a mapping
 * is made once the queue it reads is there, and waits for nobody. The emulator is not concerned.
 */
export default class Complete {
  readonly hooks: Hooks;
  readonly #serverless: DeployableServerless;

  constructor(serverless: DeployableServerless, _options: CliOptions, _tools: PluginTools) {
    this.#serverless = serverless;
    allowArnFunctions(serverless.configSchemaHandler.schema);
    serverless.configSchemaHandler.defineFunctionProperties('aws', {
      properties: { access: { type: 'array', items: { enum: ACCESS }, uniqueItems: true } },
    });
    this.hooks = {
      'before:deploy:deploy': () => this.#requireParameters(),
      'before:package:setupProviderConfiguration': () => this.#giveRoles(),
      'before:aws:package:finalize:saveServiceState': () => this.#complete(),
    };
  }

  /** A package can be made without them, so that anyone can look at it. */
  #requireParameters(): void {
    const missing = Object.entries(this.#serverless.service.custom.required).filter(([, value]) => !value);
    if (missing.length === 0) return;
    const names = missing.map(([name]) => name).join(', ');
    throw new this.#serverless.classes.Error(
      `Not deployed: ${names} must be set, in serverless/params.yml or as --param="${missing[0]?.[0]}=…"`,
      'PARAMETER_MISSING',
    );
  }

  get #isTraced(): boolean {
    return String(this.#serverless.service.custom.settings.parameters['tracing']) === 'true';
  }

  #giveRoles(): void {
    const { functions, provider } = this.#serverless.service;
    for (const [key, definition] of Object.entries(functions)) {
      const mappings = (definition.events ?? []).flatMap(({ rabbitmq }) =>
        rabbitmq === undefined ? [] : [rabbitmq as { arn: unknown; basicAuthArn: unknown }],
      );
      const access: readonly Access[] = [
        ...(definition.access ?? []),
        ...(mappings.length > 0 ? ['consume' as const] : []),
      ];
      const name = `${logicalName(key)}Role`;
      provider.compiledCloudFormationTemplate.Resources[name] = roleOf(
        key,
        definition.name ?? key,
        provider.stage,
        access,
        { broker: mappings[0]?.arn, secret: mappings[0]?.basicAuthArn },
        this.#isTraced,
      );
      definition.role = { 'Fn::GetAtt': [name, 'Arn'] };
    }
  }

  #complete(): void {
    const { functions, provider, service } = this.#serverless.service;
    const { Resources } = provider.compiledCloudFormationTemplate;
    nameCallers(Resources, functions, provider.stage);
    for (const [key, { environment = {} }] of Object.entries(functions)) {
      allowSecrets(Resources[`${logicalName(key)}Role`], secretsNamedIn(environment));
    }
    for (const resource of Object.values(Resources)) {
      const properties = resource.Properties ?? {};
      if (resource.Type === 'AWS::Logs::LogGroup') properties['KmsKeyId'] ??= { 'Fn::GetAtt': ['Key', 'Arn'] };
      if (resource.Type === 'AWS::Lambda::Function' && this.#isTraced) properties['TracingConfig'] = { Mode: 'Active' };
      if (resource.Type === 'AWS::Lambda::EventSourceMapping') {
        // The framework leaves a window of zero out, and Lambda would wait for half a second.
        properties['MaximumBatchingWindowInSeconds'] ??= 0;
        resource.DependsOn = ['Topology', ...[resource.DependsOn ?? []].flat()];
      }
    }
    const cache = Resources['Cache']?.Properties ?? {};
    Object.assign(
      Resources,
      dashboardOf(service, provider.stage),
      alarmsOf({
        service,
        stage: provider.stage,
        functions: Object.keys(functions).map((key) => ({ key, resource: `${logicalName(key)}LambdaFunction` })),
        shards: (functions['fanout']?.events ?? []).flatMap(({ rabbitmq }) =>
          rabbitmq === undefined ? [] : [String((rabbitmq as { queue: unknown }).queue)],
        ),
        broker: Resources['Broker']?.Properties?.['BrokerName'],
        brokerConnections: connectionsOf(Resources),
        cacheShards: Number(cache['NumNodeGroups']),
        cacheReplicas: Number(cache['ReplicasPerNodeGroup']),
      }),
    );
  }
}
