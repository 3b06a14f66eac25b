import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Package, packageStage } from '../template/package.ts';
import type { Template, TemplateResource } from '../template/template.ts';
import { pythonTools } from './python-tools.ts';

/** What is found and stays, each by its check and place, and why. */
const EXCEPTIONS: readonly { readonly check: string; readonly place: RegExp; readonly why: string }[] = [
  {
    check: 'CKV_AWS_111',
    place: /Role$/,
    why: 'what puts a function into a network names no resource; a condition keeps it to Lambda (Sid NetworkIsLambdas)',
  },
  {
    check: 'CKV_AWS_115',
    place: /LambdaFunction$/,
    why: 'concurrency that is kept for one function is taken from the others; params.yml says for whom it is',
  },
  {
    check: 'CKV_AWS_116',
    place: /LambdaFunction$/,
    why: 'nobody calls them and goes on: a caller waits, a mapping has its queue, and a schedule calls again in a minute',
  },
  { check: 'CKV_AWS_18', place: /^ServerlessDeploymentBucket$/, why: 'it holds the packages of deployments alone' },
  {
    check: 'CKV_AWS_21',
    place: /^ServerlessDeploymentBucket$/,
    why: 'the framework keeps the packages of five deployments',
  },
];

interface Report {
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly resource: string;
    }[];
  };
}

let programs: string;
const packages = new Map<string, Package>();

beforeAll(async () => {
  programs = await pythonTools('checkov');
  for (const stage of ['dev', 'prod']) packages.set(stage, await packageStage(stage));
});
afterAll(() => {
  for (const each of packages.values()) each.remove();
});

/** What is found in a template: without what is excepted, and what is. */
const look = async (stage: string, template: Template) => {
  const file = join(packages.get(stage)?.directory ?? '', 'checked.json');
  writeFileSync(file, JSON.stringify(template));
  const how = ['--framework', 'cloudformation', '--output', 'json', '--quiet', '--compact', '--skip-download'];
  const output = await new Promise<string>((resolve) => {
    // It exits with whether it has found something.
    execFile(join(programs, 'checkov'), ['--file', file, ...how], { maxBuffer: 2 ** 26 }, (_, stdout) =>
      resolve(stdout),
    );
  });
  const { summary, results } = JSON.parse(output) as Report;
  const found = results.failed_checks.map(({ check_id, check_name, resource }) => ({
    check: check_id,
    place: resource.split('.').at(-1) ?? '',
    about: check_name,
  }));
  const excepting = (each: { check: string; place: string }) =>
    EXCEPTIONS.find(({ check, place }) => check === each.check && place.test(each.place));
  return {
    summary,
    found: found
      .filter((each) => excepting(each) === undefined)
      .map(({ check, place, about }) => `${check} ${place}: ${about}`),
    excepted: new Set(found.flatMap((each) => excepting(each) ?? [])),
  };
};

it.each(['dev', 'prod'])(
  'checkov finds nothing in the template of %s but what is known',
  async (stage) => {
    const { summary, found, excepted } = await look(stage, packages.get(stage)?.template as Template);
    expect(found).toEqual([]);
    expect(summary).toMatchObject({ parsing_errors: 0 });
    expect(summary.passed).toBeGreaterThan(200);
    // What is not found any more needs no exception.
    expect([...excepted]).toHaveLength(EXCEPTIONS.length);
  },
  300_000,
);

it('checkov finds what is planted', async () => {
  const template = packages.get('dev')?.template as Template;
  const change = (name: string, properties: Readonly<Record<string, unknown>>): [string, TemplateResource] => {
    const before = template.Resources[name] as TemplateResource;
    return [name, { ...before, Properties: { ...before.Properties, ...properties } }];
  };
  const open = { Effect: 'Allow', Action: '*', Resource: '*' };
  const Resources = {
    ...template.Resources,
    ...Object.fromEntries([
      change('Broker', { PubliclyAccessible: true }),
      change('Cache', { TransitEncryptionEnabled: false, AtRestEncryptionEnabled: false }),
      change('AlarmTopic', { KmsMasterKeyId: undefined }),
      change('Key', { EnableKeyRotation: false }),
      change('FanoutRole', {
        Policies: [{ PolicyName: 'open', PolicyDocument: { Version: '2012-10-17', Statement: [open] } }],
      }),
    ]),
  };
  const { found } = await look('dev', { ...template, Resources });
  const places = new Set(found.map((line) => line.split(' ')[1]?.replace(':', '')));
  expect(places).toEqual(new Set(['Broker', 'Cache', 'AlarmTopic', 'Key', 'FanoutRole']));
});
