/**
 * `npm run test:tabs -- [--tabs N] [--killed N] [--frozen N]`: tabs of Chromium that share a connection to a service with servers
 * of its own. The one that leads is killed so often, and frozen, in the middle of broadcasts. Prints what was lost and doubled.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Servers, startServers } from '../../localstack/servers/start.ts';
import { type RunningEmulator, startEmulator } from '../e2e/emulator.ts';
import { playTabs } from './play.ts';

const options = {
  tabs: { type: 'string', default: '30' },
  killed: { type: 'string', default: '20' },
  frozen: { type: 'string', default: '20' },
} as const;

const { values } = parseArgs({ options });
const plan = { tabs: Number(values.tabs), killed: Number(values.killed), frozen: Number(values.frozen) };
if (!(plan.tabs >= 2 && plan.killed >= 0 && plan.frozen >= 0)) {
  console.error('Usage: npm run test:tabs -- [--tabs N] [--killed N] [--frozen N], of two tabs at least');
  process.exit(2);
}
const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-tabs-'));
let servers: Servers | undefined;
let service: RunningEmulator | undefined;
try {
  servers = await startServers({
    root: path.join(import.meta.dirname, '../..'),
    ...{ directory, environment: {}, report: console.log, disposable: 'tabs' },
  });
  service = await startEmulator({ redisUrl: servers.redisUrl, rabbitmqUrl: servers.rabbitmqUrl });
  const { connections, replaced, acked, appended, heard, lost, doubled, gaps } = await playTabs(
    service,
    plan,
    console.log,
  );
  console.log(
    `${plan.tabs} tabs, leader killed ${plan.killed} and frozen ${plan.frozen} times: ${lost} lost, ${doubled} doubled, ` +
      `${gaps} gaps; replaced ${replaced} times; ${acked} acked, ${appended} appended, ${heard} heard; ${connections.join(' and ')} connection`,
  );
  const isReplaced = replaced === plan.killed + plan.frozen;
  const isWell =
    isReplaced && lost + doubled + gaps === 0 && appended === acked && connections.every((count) => count === 1);
  process.exitCode = isWell ? 0 : 1;
} finally {
  await service?.stop();
  await servers?.stop();
  rmSync(directory, { recursive: true, force: true });
}
process.exit();
