import { referencesIn, resourcesOf, type Template } from '../template/template.ts';

/** What calls a function once it is deployed. */
export interface Source {
  /** The function's key in serverless.yml. */
  readonly key: string;
  /** A route of one of the two APIs, or the kind of what else it is. */
  readonly source: string;
}

/** The key of the first function that a value refers to. */
const keyIn = (value: unknown): string => {
  const [, name = ''] =
    referencesIn(value)
      .map(({ name }) => /^(\w+)LambdaFunction$/.exec(name))
      .find((match) => match !== null) ?? [];
  return name.charAt(0).toLowerCase() + name.slice(1);
};

/** @returns everything in a template that calls a function, each once. Queues of one function are one source. */
export const sourcesOf = (template: Template): readonly Source[] => {
  const of = (type: string, property: string, source: string): Source[] =>
    resourcesOf(template, type).map(([, properties]) => ({ key: keyIn(properties[property]), source }));
  const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(([, { RouteKey, Target }]) => {
    const [integration] = referencesIn(Target).map(({ name }) => template.Resources[name]?.Properties ?? {});
    return { key: keyIn(integration?.['IntegrationUri']), source: String(RouteKey) };
  });
  const found = [
    ...routes,
    ...of('AWS::ApiGatewayV2::Authorizer', 'AuthorizerUri', 'authorizer'),
    ...of('AWS::Events::Rule', 'Targets', 'schedule'),
    ...of('AWS::Lambda::EventSourceMapping', 'FunctionName', 'Amazon MQ'),
    ...of('Custom::Topology', 'ServiceToken', 'custom resource'),
  ];
  return [...new Map(found.map((each) => [`${each.key} ${each.source}`, each])).values()];
};
