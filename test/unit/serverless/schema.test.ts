import { describe, expect, test } from 'vitest';
import { allowArnFunctions } from '../../../serverless/schema.ts';

describe('the schema', () => {
  test('is widened for the attribute of a broker', () => {
    const anyOf: unknown[] = [];
    const events = { items: { anyOf: [{ properties: { rabbitmq: { properties: { arn: { anyOf } } } } }] } };
    allowArnFunctions({ properties: { functions: { patternProperties: { '.*': { properties: { events } } } } } });
    expect(anyOf).toEqual([{ $ref: '#/definitions/awsCfFunction' }]);
  });

  test('is left alone where it looks different', () => {
    expect(() => allowArnFunctions({})).not.toThrow();
  });
});
