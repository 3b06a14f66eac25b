/** `npm run deploy:local`: packages the stage dev and deploys to LocalStack the part of it that LocalStack has. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Template } from '../../serverless/template.ts';
import { dashboardsOf, putDashboards } from './dashboards.ts';
import { freePartOf } from './free-part.ts';
import { deployStack } from './stack.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STACK = 'realtime-sync-local';
const NAMESPACES = { packaged: 'realtime-sync-dev', running: 'realtime-sync-local' };
const endpoint = process.env['AWS_ENDPOINT_URL'] || 'http://127.0.0.1:4566';

const reachable = await fetch(`${endpoint}/_localstack/health`).then(
  ({ ok }) => ok,
  () => false,
);
if (!reachable) {
  console.error(`No LocalStack answers at ${endpoint}. Start it first, by one of these:`);
  console.error('  npm start -- --localstack');
  console.error('  docker compose --profile aws up --detach --wait localstack');
  console.error('or name another one in AWS_ENDPOINT_URL.');
  process.exit(1);
}

const program = join(ROOT, 'node_modules/serverless/bin/serverless.js');
const { status } = spawnSync(process.execPath, [program, 'package', '--stage', 'dev'], { cwd: ROOT, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const file = join(ROOT, '.serverless/cloudformation-template-update-stack.json');
const stage = JSON.parse(readFileSync(file, 'utf8')) as Template;
const { template, leftOut } = freePartOf(stage, NAMESPACES);
const dashboards = dashboardsOf(stage, NAMESPACES);
console.log(`Deploying ${Object.keys(template.Resources).length} resources to ${endpoint} as ${STACK}`);
console.log(`LocalStack does not have these without an account; npm start stands in for them: ${leftOut.join(', ')}`);
try {
  console.log(`${STACK}: ${await deployStack(endpoint, STACK, template)}`);
  await putDashboards(endpoint, dashboards);
  console.log(`Dashboards: ${dashboards.map(({ name }) => name).join(', ')}`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
