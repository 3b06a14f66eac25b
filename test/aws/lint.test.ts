import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
  readonly Filename: string;
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] };
}

/** What is planted: where, as which change, and the rule that is to find it. */
const PLANTS: readonly (readonly [string, string, Partial<TemplateResource>, string])[] = [
  ['a type there is not', 'Broker', { Type: 'AWS::AmazonMQ::Brokers' }, 'E3006'],
  ['a property there is not', 'Cache', { Properties: { Durabilty: 'sync' } }, 'E3002'],
  ['a runtime there is not', 'FanoutLambdaFunction', { Properties: { Runtime: 'nodejs8.10' } }, 'E'],
  ['waiting for what may not be made', 'WebsocketsDeploymentStage', { DependsOn: 'GatewayLogs' }, 'E3005'],
  ['a log kept for a time there is not', 'FanoutLogGroup', { Properties: { RetentionInDays: 8 } }, 'E3030'],
];

const packages = new Map<string, Package>();
const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-lint-'));
let findings: readonly Finding[];

const planted = ([, name, change]: (typeof PLANTS)[number]): Template => {
  const template = packages.get('dev')?.template as Template;
  const before = template.Resources[name] as TemplateResource;
  const changed = { ...before, ...change, Properties: { ...before.Properties, ...change.Properties } };
  return { ...template, Resources: { ...template.Resources, [name]: changed } };
};

const fileOf = (name: string): string => join(directory, `${name.replaceAll(' ', '-')}.json`);

// All in one run: cfn-lint reads the schemas of two regions longer than it looks at a template.
beforeAll(async () => {
  const programs = await pythonTools('stack');
  await Promise.all(STAGES.map(async (stage) => packages.set(stage, await packageStage(stage))));
  const templates = new Map<string, Template>([
    ...[...packages].map(([stage, { template }]): [string, Template] => [stage, template]),
    ...PLANTS.map((plant): [string, Template] => [plant[0], planted(plant)]),
  ]);
  for (const [name, template] of templates) writeFileSync(fileOf(name), JSON.stringify(template));
  const files = [...templates.keys()].map(fileOf);
  const args = ['--format', 'json', '--regions', ...REGIONS, '--template', ...files];
  const output = await new Promise<string>((resolve) => {
    // It exits with what it has found.
    execFile(join(programs, 'cfn-lint'), args, { maxBuffer: 2 ** 26 }, (_, stdout) => resolve(stdout));
  });
  findings = JSON.parse(output) as Finding[];
});
afterAll(() => {
  for (const each of packages.values()) each.remove();
  rmSync(directory, { recursive: true, force: true });
});

/** What is found in a template, without the exceptions. */
const foundIn = (name: string): string[] =>
  findings
    .filter(({ Filename }) => Filename === fileOf(name))
    .map(({ Rule, Message, Location }) => ({ rule: Rule.Id, place: Location.Path.join('/'), Message }))
    .filter((found) => !EXCEPTIONS.some(({ rule, place }) => rule === found.rule && place.test(found.place)))
    .map(({ rule, place, Message }) => `${rule} ${place}: ${Message}`);

it.each(STAGES)('cfn-lint finds nothing in the template of %s but what is known', (stage) => {
  // It has looked: what is excepted is found in each.
  expect(findings.filter(({ Filename }) => Filename === fileOf(stage))).not.toEqual([]);
  expect(foundIn(stage)).toEqual([]);
});

it.each(PLANTS)('cfn-lint finds %s', (what, name, _, rule) => {
  const found = foundIn(what);
  expect(found.filter((each) => each.startsWith(rule) && each.includes(`Resources/${name}`))).not.toEqual([]);
});
