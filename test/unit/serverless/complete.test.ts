import { describe, expect, it } from 'vitest';
import Complete from '../../../serverless/complete.ts';

type Constructed = ConstructorParameters<typeof Complete>[0];

const deployment = (required: Readonly<Record<string, unknown>>) => {
  const serverless = {
    classes: {
      Error: class extends Error {
        readonly code: string;
        constructor(message: string, code: string) {
          super(message);
          this.code = code;
        }
      },
    },
    configSchemaHandler: { schema: {}, defineFunctionProperties: () => {} },
    service: { service: 'realtime-sync', functions: {}, provider: {}, custom: { required } },
  };
  const { hooks } = new Complete(serverless as unknown as Constructed, {}, { log: {} as never });
  return () => hooks['before:deploy:deploy']?.();
};

describe('a deployment', () => {
  it('is refused without what says who signs the tokens, and the message says how to give it', () => {
    expect(deployment({ authJwksUrl: '' })).toThrow(/authJwksUrl must be set.*--param="authJwksUrl=…"/);
  });

  it('goes on with it', () => {
    expect(deployment({ authJwksUrl: 'https://issuer.example/jwks.json' })).not.toThrow();
  });
});
