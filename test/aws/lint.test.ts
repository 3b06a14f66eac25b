import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Package, packageStage } from '../template/package.ts';
import type { Template, TemplateResource } from '../template/template.ts';
import { pythonTools } from './python-tools.ts';

const STAGES = ['small', 'dev', 'staging', 'prod'];
const REGIONS = ['us-east-1', 'eu-central-1'];

/** What is found and stays, each by its rule and place, and why. */
const EXCEPTIONS: readonly { readonly rule: string; readonly place: RegExp; readonly why: string }[] = [
  {
    rule: 'E1159',
    place: /^Resources\/(?:Http|Websocket)DomainName\/Properties\/DomainNameConfigurations\/0\/CertificateArn$/,
    why: 'it is made only where a domain is given, and with it a certificate',
  },
  { rule: 'W3005', place: /^Resources\/\w+\/DependsOn\b/, why: 'the framework waits for what is referred to as well' },
  { rule: 'W8003', place: /^Conditions\/\w+/, why: 'what differs between stages is filled in when they are packaged' },
];

interface Finding {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] };
}

let programs: string;
const packages = new Map<string, Package>();

beforeAll(async () => {
  programs = await pythonTools('stack');
  await Promise.all(STAGES.map(async (stage) => packages.set(stage, await packageStage(stage))));
});
afterAll(() => {
  for (const each of packages.values()) each.remove();
});

/** What is found in a template, without the exceptions. */
const lint = async (stage: string, template: Template): Promise<string[]> => {
  const file = join(packages.get(stage)?.directory ?? '', 'linted.json');
  writeFileSync(file, JSON.stringify(template));
  const args = ['--format', 'json', '--regions', ...REGIONS, '--template', file];
  const output = await new Promise<string>((resolve) => {
    // It exits with what it has found.
    execFile(join(programs, 'cfn-lint'), args, { maxBuffer: 2 ** 26 }, (_, stdout) => resolve(stdout));
  });
  return (JSON.parse(output) as Finding[])
    .map(({ Rule, Message, Location }) => ({ rule: Rule.Id, place: Location.Path.join('/'), Message }))
    .filter((found) => !EXCEPTIONS.some(({ rule, place }) => rule === found.rule && place.test(found.place)))
    .map(({ rule, place, Message }) => `${rule} ${place}: ${Message}`);
};

it.each(STAGES)('cfn-lint finds nothing in the template of %s but what is known', async (stage) => {
  expect(await lint(stage, packages.get(stage)?.template as Template)).toEqual([]);
});

it.each<[string, string, Partial<TemplateResource>, string]>([
  ['a type there is not', 'Broker', { Type: 'AWS::AmazonMQ::Brokers' }, 'E3006'],
  ['a property there is not', 'Cache', { Properties: { Durabilty: 'sync' } }, 'E3002'],
  ['a runtime there is not', 'FanoutLambdaFunction', { Properties: { Runtime: 'nodejs8.10' } }, 'E'],
  ['waiting for what may not be made', 'WebsocketsDeploymentStage', { DependsOn: 'GatewayLogs' }, 'E3005'],
  ['a log kept for a time there is not', 'FanoutLogGroup', { Properties: { RetentionInDays: 8 } }, 'E3030'],
])('cfn-lint finds %s', async (_, name, planted, rule) => {
  const template = packages.get('dev')?.template as Template;
  const before = template.Resources[name];
  const changed = { ...before, ...planted, Properties: { ...before?.Properties, ...(planted.Properties ?? {}) } };
  const resources = { ...template.Resources, [name]: changed } as Template['Resources'];
  const found = await lint('dev', { ...template, Resources: resources });
  expect(found.filter((each) => each.startsWith(rule) && each.includes(`Resources/${name}`))).not.toEqual([]);
});
