import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { isIntrinsic, isObject, type Json, referencesIn, type Template } from './template.ts';

type Specification = ReturnType<typeof loadAwsServiceSpecSync>;
type ResourceSpecification = ReturnType<Specification['lookup']>[number] & {
  readonly properties: Properties;
  readonly attributes: Readonly<Record<string, unknown>>;
};

interface PropertyType {
  readonly type: string;
  readonly reference?: { readonly $ref: string };
  readonly element?: PropertyType;
  readonly types?: readonly PropertyType[];
}
type Properties = Readonly<
  Record<
    string,
    { readonly type: PropertyType; readonly required?: boolean; readonly causesReplacement?: 'yes' | 'no' | 'maybe' }
  >
>;

let loaded: Specification | undefined;
const specification = (): Specification => {
  loaded ??= loadAwsServiceSpecSync();
  return loaded;
};

const lookUp = (type: string): ResourceSpecification | undefined =>
  specification().lookup('resource', 'cloudFormationType', 'equals', type)[0] as ResourceSpecification | undefined;

const propertiesOf = (reference: { readonly $ref: string }): Properties =>
  (specification().get('typeDefinition', reference.$ref) as unknown as { properties: Properties }).properties;

/** Whether a change of a property makes another resource in the place of the one there is. */
export const replacementOf = (type: string, property: string): 'yes' | 'no' | 'maybe' =>
  lookUp(type)?.properties[property]?.causesReplacement ?? 'no';

const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => !Array.isArray(value) && !isObject(value),
  integer: (value) => Number.isInteger(Number(value)) && value !== '',
  number: (value) => !Number.isNaN(Number(value)) && value !== '',
  boolean: (value) => [true, false, 'true', 'false'].includes(value as boolean),
};

const checkValue = (value: unknown, type: PropertyType, path: string): string[] => {
  if (isIntrinsic(value)) return [];
  if (type.type === 'union') {
    const attempts = (type.types ?? []).map((each) => checkValue(value, each, path));
    return attempts.some((problems) => problems.length === 0) ? [] : (attempts[0] ?? []);
  }
  if (type.type === 'ref' && type.reference !== undefined) {
    if (!isObject(value)) return [`${path}: an object is wanted`];
    return checkProperties(value, propertiesOf(type.reference), `${path}.`);
  }
  if (type.type === 'array' && type.element !== undefined) {
    if (!Array.isArray(value)) return [`${path}: a list is wanted`];
    return value.flatMap((each, index) => checkValue(each, type.element as PropertyType, `${path}[${index}]`));
  }
  const fits = SCALARS[type.type];
  return fits === undefined || fits(value) ? [] : [`${path}: ${type.type} is wanted, not ${JSON.stringify(value)}`];
};

const checkProperties = (values: Json, properties: Properties, path: string): string[] => [
  ...Object.entries(values).flatMap(([name, value]) => {
    const property = properties[name];
    return property === undefined
      ? [`${path}${name}: there is no such property`]
      : checkValue(value, property.type, `${path}${name}`);
  }),
  ...Object.entries(properties).flatMap(([name, { required }]) =>
    required === true && !(name in values) ? [`${path}${name}: is required`] : [],
  ),
];

/**
 * Checks a template against what AWS publishes of its resources: types, properties, attributes, references.
 *
 * @returns what is wrong, a line each.
 */
export const checkAgainstSpecification = (template: Template): string[] => {
  const problems: string[] = [];
  for (const [name, resource] of Object.entries(template.Resources)) {
    if (resource.Type.startsWith('Custom::')) continue;
    const known = lookUp(resource.Type);
    if (known === undefined) problems.push(`${name}: there is no resource ${resource.Type}`);
    else problems.push(...checkProperties(resource.Properties ?? {}, known.properties, `${name}.`));
  }
  const { Parameters = {} } = template as { Parameters?: Json };
  for (const { name, attribute } of referencesIn({ ...template.Resources, ...template.Outputs })) {
    const target = template.Resources[name];
    if (target === undefined) {
      if (!(name in Parameters)) problems.push(`${name} is referred to and does not exist`);
    } else if (attribute !== undefined && !target.Type.startsWith('Custom::')) {
      const known = lookUp(target.Type);
      if (known !== undefined && !(attribute in known.attributes))
        problems.push(`${name}: ${target.Type} has no attribute ${attribute}`);
    }
  }
  for (const [name, { Condition }] of Object.entries(template.Resources)) {
    if (Condition !== undefined && !(Condition in (template.Conditions ?? {})))
      problems.push(`${name}: there is no condition ${Condition}`);
  }
  return problems;
};
