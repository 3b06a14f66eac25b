import { describe, expect, it } from 'vitest';
import Settings from '../../../serverless/settings.ts';

type Constructed = ConstructorParameters<typeof Settings>[0];

const deployment = (
  parameters: Readonly<Record<string, unknown>>,
  {
    commandLine = [] as readonly string[],
    ofStage = {},
    sections = {} as Readonly<Record<string, readonly string[]>>,
    told = {} as Readonly<Record<string, unknown>>,
  } = {},
) => {
  const functions: Record<string, { sections: readonly string[]; environment?: unknown }> = Object.fromEntries(
    Object.entries(sections).map(([key, read]) => [key, { sections: read }]),
  );
  const stage = {
    ADMIN_KEY_SECRET_ARN: { Ref: 'AdminKey' },
    STAGE: 'prod',
    ...told,
  };
  const serverless = {
    classes: { Error },
    configurationInput: { params: { default: { natPerZone: 'false' }, prod: ofStage, dev: { elsewhere: 1 } } },
    processedInput: { options: { param: commandLine } },
    service: { functions, provider: { stage: 'prod' }, custom: { settings: { stage, parameters } } },
  };
  const { hooks } = new Settings(serverless as unknown as Constructed, {}, { log: {} as never });
  return {
    check: () => hooks['before:package:setupProviderConfiguration']?.(),
    deploy: () => hooks['before:deploy:deploy']?.(),
    environments: () => {
      hooks['before:package:compileFunctions']?.();
      return Object.fromEntries(Object.entries(functions).map(([key, { environment }]) => [key, environment]));
    },
  };
};

const TOKENS = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:tokens-AbCdEf';

describe('the parameters of a deployment', () => {
  it.each([
    ['rateLimitPoints', 'abc', 'rateLimitPoints="abc" is not usable; expected a whole number from 1 to 1000000000'],
    ['rateLimitPoints', 0, 'rateLimitPoints="0" is not usable'],
    ['helmetEnabled', 'yes', 'helmetEnabled="yes" is not usable; expected true or false'],
    ['logLevel', 'loud', 'expected one of trace, debug'],
    ['batchSize', 20_000, 'batchSize="20000" is not usable; expected a whole number from 1 to 10000'],
    ['corsOrigins', 'app.example', 'expected origins separated by commas'],
    ['authDefaultSubscribe', '/x/', 'expected channels and patterns'],
    ['authDefaultSubscribe', ['a', '/x/'], 'expected channels and patterns'],
  ])('%s=%s is refused by name, with what was expected', (name, value, says) => {
    expect(deployment({ [name]: value }).check).toThrow(says);
  });

  it('are taken as a file or the command line gives them, and nothing is taken for not set', () => {
    const usable = { rateLimitPoints: 5_000, helmetEnabled: false, batchSize: '7', corsOrigins: '', logLevel: null };
    expect(deployment(usable).check).not.toThrow();
  });

  it('hold no secret, nor have a deployment put one into environments, but may name one', () => {
    const secret = 'a secret that is long enough to be one';
    expect(deployment({ authJwtSecretArn: secret }).check).toThrow(/authJwtSecretArn is not usable; expected the ARN/);
    expect(deployment({ authJwtSecretArn: secret }).check).not.toThrow(secret);
    expect(deployment({ authJwtSecretArn: TOKENS }).check).not.toThrow();
    expect(deployment({ authJwtSecretArn: { Ref: 'Tokens' } }).check).not.toThrow();
    const resolved = '{{resolve:secretsmanager:tokens:SecretString}}';
    for (const value of [resolved, `x${resolved}`, { 'Fn::Sub': resolved }]) {
      expect(deployment({ authJwtIssuer: value }).check).toThrow(/authJwtIssuer refers to a secret/);
    }
    expect(deployment({}, { commandLine: [`authJwtSecret=${resolved}`] }).check).toThrow(/is authJwtSecretArn meant/);
  });

  it('say of one way only how tokens are checked', () => {
    const both = { authJwtSecretArn: TOKENS, authJwksUrl: 'https://issuer.example' };
    expect(deployment(both).check).toThrow(/authJwksUrl and authJwtSecretArn/);
  });

  it('are told of where there is none of a name, with the one that is meant', () => {
    expect(deployment({}, { commandLine: ['rateLimitPoint=5'] }).check).toThrow(
      'there is no parameter rateLimitPoint; is rateLimitPoints meant?',
    );
    expect(deployment({}, { ofStage: { natPerZones: 'true' } }).check).toThrow('is natPerZone meant?');
    expect(deployment({}, { commandLine: ['weather=fine'] }).check).toThrow(/no parameter weather$/m);
    expect(deployment({}, { commandLine: ['natPerZone=true', 'fanoutWindowMs=5'] }).check).not.toThrow();
  });
});

describe('a stage of production', () => {
  const told = {
    NODE_ENV: 'production',
    AUTH_MODE: 'jwt',
    REDIS_URL: { 'Fn::Sub': [`rediss://\${Host}:\${Port}`, {}] },
    REDIS_SECRET_ARN: { Ref: 'CacheSecret' },
    RABBITMQ_URL: { 'Fn::Sub': [`amqps://\${Address}`, {}] },
    RABBITMQ_SECRET_ARN: TOKENS,
    WS_ENDPOINT: { 'Fn::Sub': `https://\${WebsocketsApi}.execute-api.\${AWS::Region}` },
  };
  const strong = { authJwksUrl: 'https://issuer.example', authJwtIssuer: 'issuer', authJwtAudience: 'sync' };

  it('is packaged and deployed where everything is said and strong', () => {
    const stage = deployment({ ...strong, corsOrigins: 'https://app.example' }, { told });
    expect(stage.check).not.toThrow();
    expect(stage.deploy).not.toThrow();
  });

  it.each([
    [{ authJwksUrl: 'http://issuer.example' }, 'authJwksUrl is not https', 'jwks-over-http'],
    [{ corsOrigins: '*' }, 'corsOrigins=\\*', 'any-origin'],
  ])('is not packaged with %j, unless that is allowed by name', (weak, says, weakness) => {
    expect(deployment({ ...strong, ...weak }, { told }).check).toThrow(new RegExp(`${says}.*productionAllows`));
    const allowed = deployment({ ...strong, ...weak, productionAllows: weakness }, { told });
    expect(allowed.check).not.toThrow();
    expect(allowed.deploy).not.toThrow();
  });

  it.each([
    ['authJwtIssuer', 'any-issuer'],
    ['authJwtAudience', 'any-audience'],
  ])('can be looked at without %s, and is not deployed so', (name, weakness) => {
    const stage = deployment({ ...strong, [name]: '' }, { told });
    expect(stage.check).not.toThrow();
    expect(stage.deploy).toThrow(`${name} is not set`);
    expect(deployment({ ...strong, [name]: null, productionAllows: weakness }, { told }).deploy).not.toThrow();
    expect(deployment({ ...strong, [name]: { Ref: 'Said' } }, { told }).deploy).not.toThrow();
  });

  it('is not packaged with an address of its own that is weak', () => {
    const open = { ...told, REDIS_URL: { 'Fn::Sub': `redis://\${Cache.Address}:6379` }, REDIS_SECRET_ARN: undefined };
    expect(deployment(strong, { told: open }).check).toThrow(/REDIS_URL has no password.*\n.*REDIS_URL is without TLS/);
  });
});

describe('a deployed function', () => {
  it('is told the settings of the sections it reads, and no others', () => {
    const said = { rateLimitPoints: 5_000, rateLimitAllowUsers: ['a', 'b'], logLevel: 'debug', authJwtIssuer: '' };
    const sections = { first: ['logLevel', 'adminKey', 'auth'], second: ['rateLimits', 'stage'], third: [] };
    expect(deployment(said, { sections }).environments()).toEqual({
      first: {
        LOG_LEVEL: 'debug',
        ADMIN_KEY_SECRET_ARN: { Ref: 'AdminKey' },
      },
      second: { RATE_LIMIT_POINTS: '5000', RATE_LIMIT_ALLOW_USERS: 'a b', STAGE: 'prod' },
      third: {},
    });
  });

  it('is not told more than Lambda has room for', () => {
    const said = { rateLimitAllowUsers: 'x'.repeat(100).concat(' ').repeat(50) };
    const { environments } = deployment(said, { sections: { message: ['rateLimits'] } });
    expect(environments).toThrow(/the settings of message take 5\d{3} bytes, and there are 4096/);
  });
});
