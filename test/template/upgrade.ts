import { isDeepStrictEqual } from 'node:util';
import { replacementOf } from './specification.ts';
import { referencesIn, type Template, type TemplateResource } from './template.ts';

/** Types whose loss is a loss of data, or of the key to it. */
const HOLDING = [
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::AmazonMQ::Broker',
  'AWS::SecretsManager::Secret',
  'AWS::KMS::Key',
];

type Resources = Template['Resources'];

const isHolding = ({ Type }: TemplateResource): boolean => HOLDING.includes(Type);

/** Why a change of a resource makes another in its place, as AWS publishes it; undefined where none does. */
const reasonOf = (
  before: TemplateResource,
  after: TemplateResource,
  replaced: ReadonlySet<string>,
): string | undefined => {
  if (before.Type !== after.Type) return `is ${after.Type}, and was ${before.Type}`;
  if (before.Condition !== after.Condition) return 'is made under another condition';
  const [then, now] = [before.Properties ?? {}, after.Properties ?? {}];
  for (const property of new Set([...Object.keys(then), ...Object.keys(now)])) {
    const replaces = replacementOf(after.Type, property);
    if (replaces === 'no') continue;
    const how = replaces === 'yes' ? 'is replaced' : 'may be replaced';
    if (!isDeepStrictEqual(then[property], now[property])) return `${how}: its ${property} changes`;
    const gone = referencesIn(now[property]).find(({ name }) => replaced.has(name));
    if (gone !== undefined) return `${how}: its ${property} is of ${gone.name}, which is replaced`;
  }
  return undefined;
};

/**
 * What a stage of a version would lose that is deployed over another: of what holds data, all that is replaced, removed or
 * renamed. What is replaced for the sake of another that is replaced is followed.
 *
 * @returns a line each.
 */
export const lossesBetween = (before: Template, after: Template): string[] => {
  const replaced = new Map<string, string>();
  for (let found = true; found; ) {
    found = false;
    for (const [name, resource] of Object.entries(before.Resources)) {
      if (replaced.has(name)) continue;
      const next = after.Resources[name];
      const reason = next === undefined ? 'is removed, or renamed' : reasonOf(resource, next, new Set(replaced.keys()));
      if (reason === undefined) continue;
      replaced.set(name, reason);
      found = true;
    }
  }
  return [...replaced]
    .filter(([name]) => isHolding(before.Resources[name] as TemplateResource))
    .map(([name, reason]) => `${name} ${reason}`);
};

/** What holds data, and all that it is made of: as much of a template as is kept of a version. */
export const holdingOf = ({ Resources }: Template): { readonly Resources: Resources } => {
  const names = new Set(Object.keys(Resources).filter((name) => isHolding(Resources[name] as TemplateResource)));
  for (const name of names) {
    for (const reference of referencesIn(Resources[name]?.Properties)) {
      if (reference.name in Resources) names.add(reference.name);
    }
  }
  return { Resources: Object.fromEntries(Object.entries(Resources).filter(([name]) => names.has(name))) };
};
