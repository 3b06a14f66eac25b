import * as v from 'valibot';
import { problemOfArn, type Setting } from '../lib/config/forms.ts';
import { parameterOf, settings } from '../lib/config/reference.ts';
import type { Environment, Misfit, Section } from '../lib/config/section.ts';
import { sections } from '../lib/config/variables.ts';
import { similar } from '../lib/protocol/similar.ts';
import type { CliOptions, FunctionDefinition, Hooks, PluginTools, Serverless } from './framework.ts';

type Json = Readonly<Record<string, unknown>>;

interface Told extends FunctionDefinition {
  environment?: Json;
}

interface ToldServerless extends Omit<Serverless, 'service'> {
  readonly service: {
    readonly functions: Readonly<Record<string, Told>>;
    readonly provider: { readonly stage: string };
    readonly custom: {
      readonly settings: {
        /** serverless/environment.yml, by variables. */
        readonly stage: Json;
        /** serverless/parameters.js, by parameters. */
        readonly parameters: Json;
      };
    };
  };
  /** What the file says. */
  readonly configurationInput: { readonly params: Readonly<Record<string, Json | undefined>> };
  /** What the command line says: `name=value` each. */
  readonly processedInput: { readonly options: { readonly param?: readonly string[] } };
}

/** Bytes there are for a function’s environment. Source: Lambda quotas, "Environment variables". */
const ROOM = 4_096;

/**
 * What a deployment would put a secret in place of, into environments that it has no place in. Source: AWS CloudFormation
 * User Guide, "Dynamic references".
 */
const REFERENCE = /\{\{resolve:(?:secretsmanager|ssm-secure):/;

/** Some text, and some name of a secret. */
const UNKNOWN = 'x'.repeat(64);
const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:unknown';

const deployable = new Map(
  [...settings.values()].flatMap((setting): [string, Setting][] => {
    const parameter = parameterOf(setting);
    return parameter === undefined ? [] : [[parameter, setting]];
  }),
);

const isSaid = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** A value that only a deployment knows. */
const isIntrinsic = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list in serverless/params.yml is what a variable has separated by spaces. */
const textOf = (value: unknown): string => (Array.isArray(value) ? value.join(' ') : String(value));

/** What is wrong with a parameter’s value, if anything is. */
const problemsOf = (parameter: string, { schema, expected }: Setting, value: unknown): string[] => {
  if (REFERENCE.test(JSON.stringify(value) ?? '')) {
    return [
      `${parameter} refers to a secret, which would stand in environments; give the name of one, where it takes that`,
    ];
  }
  if (!isSaid(value) || isIntrinsic(value)) return [];
  const text = textOf(value);
  if (parameter.endsWith('SecretArn')) return [problemOfArn(parameter, text) ?? []].flat();
  return v.is(schema, text) ? [] : [`${parameter}=${JSON.stringify(text)} is not usable; expected ${expected}`];
};

/** What only a deployment knows, by something of its form. */
const foreseen = ({ schema }: Setting, value: unknown): string | undefined => {
  if (!isIntrinsic(value)) return textOf(value);
  const template = [(value as Json)['Fn::Sub'] ?? []].flat()[0];
  const filled = String(template)
    .replaceAll(/:\$\{[\w.:]+\}$/g, ':1')
    .replaceAll(/\$\{[\w.:]+\}/g, 'unknown.example');
  return [filled, UNKNOWN, `https://${UNKNOWN}`, ARN].find((text) => v.is(schema, text));
};

/** A variable’s parameter, by which whoever deploys knows it; where it has none, the variable. */
const parameterNamed = (variable: string): string => {
  const setting = settings.get(variable);
  return (setting === undefined ? undefined : parameterOf(setting)) ?? variable;
};

/**
 * Tells the functions of a deployed stage the settings that each of them reads, by the sections of the table in its
 * bundle; and checks what parameters say of settings, and that there is one of each name. The emulator is not concerned:
 * there the shell and `.env` say everything.
 */
export default class Settings {
  readonly hooks: Hooks;
  readonly #serverless: ToldServerless;

  constructor(serverless: ToldServerless, _options: CliOptions, _tools: PluginTools) {
    this.#serverless = serverless;
    this.hooks = {
      'before:package:setupProviderConfiguration': () => this.#check(),
      'before:deploy:deploy': () => this.#refuse(this.#weaknesses(), 'SETTINGS_TOO_WEAK'),
      'before:package:compileFunctions': () => this.#tell(),
    };
  }

  #check(): void {
    const { parameters } = this.#serverless.service.custom.settings;
    const problems = [...deployable].flatMap(([name, setting]) => problemsOf(name, setting, parameters[name]));
    if (isSaid(parameters['authJwksUrl']) && isSaid(parameters['authJwtSecretArn'])) {
      problems.push('authJwksUrl and authJwtSecretArn are two ways to check tokens; one of them can be set');
    }
    // What is not said may be said when it is deployed: a package can be made without, so that anyone can look at it.
    const weak = problems.length > 0 ? [] : this.#weaknesses(({ missing }) => !missing);
    this.#refuse([...problems, ...weak, ...this.#unknown()], 'PARAMETERS_NOT_USABLE');
  }

  /** What the functions would refuse at their start, by the settings they will be told. */
  #weaknesses(isMeant: (weakness: NonNullable<Misfit['weakness']>) => boolean = () => true): string[] {
    const { stage, parameters } = this.#serverless.service.custom.settings;
    const environment: Environment = Object.fromEntries(
      [...settings].flatMap(([name, setting]) => {
        const value = stage[name] ?? parameters[parameterOf(setting) ?? ''];
        return isSaid(value) ? [[name, foreseen(setting, value)]] : [];
      }),
    );
    const secrets = new Map(
      [...settings.values()].flatMap(({ kept }): [string, string][] =>
        kept !== undefined && environment[kept.variable.name] !== undefined ? [[kept.variable.name, kept.example]] : [],
      ),
    );
    const says = Object.values<Section>(sections).flatMap((section) =>
      section
        .weaknesses(environment, secrets)
        .flatMap(({ says, weakness }) => (weakness?.allowed === false && isMeant(weakness) ? [says] : [])),
    );
    return [...new Set(says)].map((text) => text.replaceAll(/[A-Z]+(?:_[A-Z]+)+/g, parameterNamed));
  }

  /** Names of parameters that nothing reads: a deployment would go on without what was meant. */
  #unknown(): string[] {
    const { configurationInput, processedInput, service } = this.#serverless;
    const { default: standard = {}, [service.provider.stage]: own = {} } = configurationInput.params;
    const known = [...Object.keys(standard), ...deployable.keys()];
    const said = (processedInput.options.param ?? []).map((parameter) => parameter.replace(/=.*/s, ''));
    return [...new Set([...said, ...Object.keys(own)])]
      .filter((name) => !known.includes(name))
      .map((name) => {
        // A secret is named now, where a reference to it was given before.
        const meant = known.includes(`${name}Arn`) ? `${name}Arn` : similar(name, known);
        return `there is no parameter ${name}${meant === undefined ? '' : `; is ${meant} meant?`}`;
      });
  }

  #tell(): void {
    const now = new Date().toISOString();
    const { stage, parameters } = this.#serverless.service.custom.settings;
    // Functions come and go; what the endpoints call uptime counts from here.
    const given: Json = { ...stage, DEPLOYED_AT: now };
    for (const [key, definition] of Object.entries(this.#serverless.service.functions)) {
      const read = Object.entries(sections).filter(([name]) => definition.sections?.includes(name));
      const environment = Object.fromEntries(
        read
          .flatMap(([, section]) => section.settings)
          .map((setting): [string, unknown] => [
            setting.name,
            setting.notes.deployed === 'stage' ? given[setting.name] : parameters[parameterOf(setting) ?? ''],
          ])
          .filter(([, value]) => isSaid(value))
          .map(([name, value]) => [name, isIntrinsic(value) ? value : textOf(value)]),
      );
      definition.environment = environment;
      const size = Buffer.byteLength(JSON.stringify(environment));
      if (size > ROOM) {
        this.#refuse([`the settings of ${key} take ${size} bytes, and there are ${ROOM}`], 'SETTINGS_TOO_LARGE');
      }
    }
  }

  #refuse(problems: readonly string[], code: string): void {
    if (problems.length === 0) return;
    const lines = problems.map((problem) => `  - ${problem}`).join('\n');
    throw new this.#serverless.classes.Error(
      `The stage cannot be packaged:\n${lines}\ndocs/configuration.md lists the settings.`,
      code,
    );
  }
}
