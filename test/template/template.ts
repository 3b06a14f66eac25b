/** A CloudFormation template, as far as the checks look into it. */
export interface Template {
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value that only a deployment knows. */
export const isIntrinsic = (value: unknown): value is Json =>
  isObject(value) && Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'));

/** Every object within a value, itself included. */
export function* objectsIn(value: unknown): Generator<Json> {
  if (Array.isArray(value)) for (const each of value) yield* objectsIn(each);
  else if (isObject(value)) {
    yield value;
    for (const each of Object.values(value)) yield* objectsIn(each);
  }
}

const SUBSTITUTED = /\$\{([A-Za-z0-9]+)(?:\.([A-Za-z0-9.]+))?\}/g;

/** A mention of another resource, with the attribute that is asked of it. */
export interface Reference {
  readonly name: string;
  readonly attribute?: string;
}

const substitutionsOf = (sub: unknown): Reference[] => {
  const [text, local] = Array.isArray(sub) ? (sub as [string, Json]) : [sub as string, {}];
  return [...text.matchAll(SUBSTITUTED)]
    .filter(([, name = '']) => !(name in local))
    .map(([, name = '', attribute]) => ({ name, ...(attribute === undefined ? {} : { attribute }) }));
};

/** Every mention of a resource or parameter within a value; those of AWS itself left out. */
export const referencesIn = (value: unknown): Reference[] =>
  [...objectsIn(value)].flatMap((object) => {
    const found: Reference[] = [];
    if (typeof object['Ref'] === 'string' && !object['Ref'].startsWith('AWS::')) found.push({ name: object['Ref'] });
    const attribute = object['Fn::GetAtt'];
    if (Array.isArray(attribute)) found.push({ name: String(attribute[0]), attribute: String(attribute[1]) });
    if (object['Fn::Sub'] !== undefined) found.push(...substitutionsOf(object['Fn::Sub']));
    return found;
  });

/** The resources of a type, by name. */
export const resourcesOf = (template: Template, type: string): [string, Json][] =>
  Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([name, resource]) => [name, resource.Properties ?? {}]);
