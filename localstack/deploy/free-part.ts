import type { Resource, Template } from '../../serverless/template.ts';
import { DASHBOARD, type Namespaces } from './dashboards.ts';

/** What LocalStack has without an account, of what a stage is made of. */
export const FREE: ReadonlySet<string> = new Set([
  'AWS::CloudWatch::Alarm',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::SecretsManager::Secret',
  'AWS::SNS::Topic',
  'AWS::SSM::Parameter',
]);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Puts the name of a resource where it would be referred to, if it is left out. */
const without = (value: unknown, kept: ReadonlySet<string>): unknown => {
  if (Array.isArray(value)) return value.map((each) => without(each, kept));
  if (!isObject(value)) return value;
  const name = value['Ref'] ?? (value['Fn::GetAtt'] as readonly unknown[] | undefined)?.[0];
  if (typeof name === 'string' && !name.startsWith('AWS::') && !kept.has(name)) return name;
  const sub = value['Fn::Sub'];
  if (typeof sub === 'string') {
    return {
      'Fn::Sub': sub.replaceAll(/\$\{(\w+)(?:\.\w+)*\}/g, (whole, mentioned: string) =>
        kept.has(mentioned) ? whole : mentioned,
      ),
    };
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, without(each, kept)]));
};

const dependencies = ({ DependsOn }: Resource, kept: ReadonlySet<string>): string[] =>
  [DependsOn ?? []].flat().filter((name) => kept.has(name));

/** An alarm that watches what runs. */
const watching = (properties: Record<string, unknown>, { packaged, running }: Namespaces): Record<string, unknown> =>
  properties['Namespace'] === packaged ? { ...properties, Namespace: running } : properties;

/**
 * The part of a stage that can be deployed to LocalStack.
 *
 * @returns a template of its own, in which nothing refers to what was left out; and the types that were.
 */
export const freePartOf = (
  { Resources }: Template,
  namespaces: Namespaces,
): { template: Template; leftOut: readonly string[] } => {
  const entries = Object.entries(Resources).filter(([, resource]) => FREE.has(resource.Type));
  const kept = new Set(entries.map(([name]) => name));
  const leftOut = new Set(
    Object.values(Resources)
      .map(({ Type }) => Type)
      .filter((type) => !FREE.has(type) && type !== DASHBOARD),
  );
  return {
    template: {
      Resources: Object.fromEntries(
        entries.map(([name, resource]) => [
          name,
          {
            Type: resource.Type,
            DependsOn: dependencies(resource, kept),
            Properties: watching(without(resource.Properties ?? {}, kept) as Record<string, unknown>, namespaces),
          },
        ]),
      ),
    },
    leftOut: [...leftOut].sort(),
  };
};
