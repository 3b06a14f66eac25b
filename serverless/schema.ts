interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: unknown[];
}

const ANY_FUNCTION = { $ref: '#/definitions/awsCfFunction' };

/**
 * Lets a `rabbitmq` event say `arn: !GetAtt Broker.Arn`. The framework's schema takes no function there but `Ref` and
 * `ImportValue`, and a broker has its ARN as an attribute only.
 *
 * @param schema - the framework's, changed in place. Left alone where it is built otherwise than expected.
 */
export const allowArnFunctions = (schema: unknown): void => {
  const functions = (schema as SchemaNode).properties?.['functions']?.patternProperties ?? {};
  for (const definition of Object.values(functions)) {
    const events = definition.properties?.['events']?.items?.anyOf ?? [];
    for (const event of events as SchemaNode[]) {
      event.properties?.['rabbitmq']?.properties?.['arn']?.anyOf?.push(ANY_FUNCTION);
    }
  }
};
