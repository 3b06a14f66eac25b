import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Setting } from '../../lib/config/forms.ts';
import { parameterOf, settings } from '../../lib/config/reference.ts';
import { type Environment, readConfig } from '../../lib/config.ts';
import { type Package, packageStage } from './package.ts';
import { isObject, resourcesOf } from './template.ts';

/** Of the two ways to check tokens a stage has one. */
const STAGES = { dev: 'AUTH_JWKS_URL', prod: 'AUTH_JWT_SECRET_ARN' } as const;
type Stage = keyof typeof STAGES;

/** The settings that these are to functions. */
const CHECKED_BY = { dev: 'AUTH_JWKS_URL', prod: 'AUTH_JWT_SECRET' } as const;
const KEY = 'x'.repeat(32);

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:tokens-AbCdEf';

/** Texts of which every form takes one. */
const texts = ({ fallback, expected }: Setting): string[] => [
  ...[Number(fallback) + 1, Number(fallback) - 1].map(String),
  ...(/^one of (.*)$/.exec(expected)?.[1]?.split(', ') ?? []),
  ...['true', 'false', 'subscribe=7', 'https://another.example', 'another'],
];

/** A value that a setting takes and that is not its default. */
const another = (setting: Setting): string => {
  if (v.is(setting.schema, SECRET) && setting.name.endsWith('_ARN')) return SECRET;
  const standard = JSON.stringify(v.parse(setting.schema, undefined));
  const found = texts(setting).find((text) => {
    const parsed = v.safeParse(setting.schema, text);
    return parsed.success && JSON.stringify(parsed.output) !== standard;
  });
  if (found === undefined) throw new Error(`No text here is another value of ${setting.name}`);
  return found;
};

/** What a stage is not told: what is not kept cannot be published to back-ends, nor told of the service. */
const LEFT_OUT: Readonly<Record<Stage, readonly string[]>> = {
  dev: ['APPENDED_ENABLED', 'APPENDED_PRIVATE_ENABLED', 'SERVICE_EVENTS'],
  prod: ['EVENT_REPLAY_ENABLED'],
};

/** Whether some function of a stage is told it, here where every other parameter is given. */
const isTold = (stage: Stage, { name, notes }: Setting): boolean =>
  !LEFT_OUT[stage].includes(name) &&
  (notes.deployed === undefined || notes.deployed === 'stage') &&
  (name === STAGES[stage] || !Object.values<string>(STAGES).includes(name));

const byParameter = [...settings.values()].filter((setting) => parameterOf(setting) !== undefined);

const packages = new Map<Stage, Package>();
const packaged = (stage: Stage): Package => packages.get(stage) as Package;

/** What each function of a stage is told, by its key. */
const environmentsOf = (stage: Stage): [string, Readonly<Record<string, unknown>>][] =>
  resourcesOf(packaged(stage).template, 'AWS::Lambda::Function').map(([name, { Environment }]) => [
    name.replace(/LambdaFunction$/, '').toLowerCase(),
    (Environment as { Variables?: Readonly<Record<string, unknown>> } | undefined)?.Variables ?? {},
  ]);

/** What a function’s code would read: the settings it names. */
const namedIn = (stage: Stage, key: string): Setting[] => {
  const files = Object.entries(unzipSync(readFileSync(join(packaged(stage).directory, `${key}.zip`))));
  const code = files.flatMap(([name, content]) => (name.endsWith('.mjs') ? [new TextDecoder().decode(content)] : []));
  return [...settings.values()].filter(({ name }) => code.some((text) => new RegExp(`["'\`]${name}["'\`]`).test(text)));
};

beforeAll(async () => {
  await Promise.all(
    Object.keys(STAGES).map(async (stage) => {
      const told = byParameter.filter((setting) => isTold(stage as Stage, setting));
      const parameters = told.map((setting) => `${parameterOf(setting)}=${another(setting)}`);
      packages.set(stage as Stage, await packageStage(stage, {}, parameters));
    }),
  );
});
afterAll(() => {
  for (const each of packages.values()) each.remove();
});

describe.each(Object.keys(STAGES) as Stage[])('the settings of %s', (stage) => {
  it('each have a parameter, or are set by the stage, by Lambda or by nobody', () => {
    const told = new Set(environmentsOf(stage).flatMap(([, environment]) => Object.keys(environment)));
    const untold = [...settings.values()].filter((setting) => isTold(stage, setting) && !told.has(setting.name));
    expect(untold.map(({ name }) => name)).toEqual([]);
  });

  it('reach the functions whose code names them, and no others', () => {
    const given = environmentsOf(stage);
    expect(given.length).toBeGreaterThan(10);
    for (const [key, environment] of given) {
      const names = Object.keys(environment).filter((name) => settings.has(name));
      const named = namedIn(stage, key).filter((setting) => isTold(stage, setting));
      expect(names.sort(), key).toEqual(named.map(({ name }) => name).sort());
    }
  });

  it('say whether the function is called that publishes to back-ends', () => {
    const rules = resourcesOf(packaged(stage).template, 'AWS::Events::Rule').map(([name, { State }]) => [name, State]);
    const isOn = !LEFT_OUT[stage].includes('APPENDED_ENABLED');
    expect(Object.fromEntries(rules)).toEqual({
      AppendedEventsRuleSchedule1: isOn ? 'ENABLED' : 'DISABLED',
      ObserveEventsRuleSchedule1: 'ENABLED',
      SweepEventsRuleSchedule1: 'ENABLED',
    });
  });

  it('reach them as they were said', () => {
    for (const [key, environment] of environmentsOf(stage)) {
      for (const setting of byParameter) {
        if (setting.name in environment) expect(environment[setting.name], key).toBe(another(setting));
      }
    }
  });

  it('are read: without any of them, a function would have other settings', () => {
    const deployed = {
      REDIS_URL: 'rediss://:secret@host',
      RABBITMQ_URL: 'amqps://user:secret@host',
      RABBITMQ_MANAGEMENT_URL: 'https://host',
      WS_ENDPOINT: 'https://host',
      ADMISSION_SECRET: 'x'.repeat(32),
      // What is kept is read by functions alone.
      ...Object.fromEntries([...settings.values()].map(({ kept }) => [kept?.variable.name ?? '', undefined])),
    };
    const anyTokens = {
      AUTH_MODE: 'jwt',
      AUTH_JWKS_URL: 'https://other.example',
      AUTH_JWT_ISSUER: 'any',
      AUTH_JWT_AUDIENCE: 'any',
    };
    /** Settings, or why there are none: production does not do without some. */
    const settingsOf = (environment: Environment): unknown => {
      try {
        return readConfig(environment);
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const [key, variables] of environmentsOf(stage)) {
      const texts = Object.entries(variables).map(([name, value]) => [
        name,
        isObject(value) || value === SECRET ? 'what a deployment knows, and not before' : String(value),
      ]);
      const tokens =
        STAGES[stage] in variables ? { [CHECKED_BY[stage]]: variables[CHECKED_BY[stage]] ?? KEY } : anyTokens;
      const environment: Environment = { ...tokens, ...Object.fromEntries(texts), ...deployed };
      for (const { name } of byParameter.filter(({ name }) => name in variables && name !== STAGES[stage])) {
        const without = { ...environment, [name]: undefined };
        expect(settingsOf(without), `${key}: ${name}`).not.toEqual(settingsOf(environment));
      }
      if (STAGES[stage] in variables) {
        expect(() => readConfig({ ...environment, [CHECKED_BY[stage]]: undefined }), key).toThrow(/AUTH_JWT_SECRET/);
      }
    }
  });

  it('are said to people in the reference, and not to functions', () => {
    for (const [key] of environmentsOf(stage)) {
      const code = Object.values(unzipSync(readFileSync(join(packaged(stage).directory, `${key}.zip`))));
      const text = code.map((content) => new TextDecoder().decode(content)).join('\n');
      const notes = [...settings.values()].map(({ notes }) => notes.about).filter((about) => about.length > 20);
      expect(
        notes.filter((about) => text.includes(about)),
        key,
      ).toEqual([]);
    }
  });
});

it('a parameter that is not usable, and one there is not, stop the packaging, by name', async () => {
  await expect(packageStage('prod', {}, ['rateLimitPoints=abc', 'fanoutWindow=20'])).rejects.toThrow(
    /rateLimitPoints="abc" is not usable; expected a whole number from 1 to 1000000000\n[^\n]*fanoutWindow; is fanoutWindowMs meant\?/,
  );
});
