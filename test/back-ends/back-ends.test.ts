import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import amqp from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Servers, startServers } from '../../localstack/servers/start.ts';
import { type RunningEmulator, startEmulator } from '../e2e/emulator.ts';
import { blocksOf } from '../guides/blocks.ts';
import { Running } from './running.ts';
import { NotHere, toolchains, writePrograms } from './toolchains.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Milliseconds: a broker takes minutes to come back where the machine is busy. */
const PATIENCE = 600_000;
const patiently = { timeout: PATIENCE, interval: 100 };

/** As the programs have it: sales of each till, each of a cent more than the one before. */
const SALES = 200;
const CENTS = SALES * 100 + (SALES * (SALES + 1)) / 2;
/** Events kept of a channel: more than a till sells. */
const KEPT = 250;
/** Events of the channel that has a gap, and of one request. */
const FLOOD = 400;
const REQUEST = 100;

interface Heard {
  readonly sales: number;
  readonly cents: number;
  readonly missing: number;
  /** By channel and epoch. */
  readonly places: Readonly<Record<string, Readonly<Record<string, { readonly offset: number }>> | undefined>>;
}

/** A virtual host in which the service never ran. */
const EMPTY = 'empty';

interface BackEnd {
  readonly language: string;
  readonly sell: Running;
  readonly hear: Running;
  /** A second process of `hear`. */
  readonly standby: Running;
  /** Both programs with another address. */
  at(address: string): Readonly<Record<'sell' | 'hear', Running>>;
  /** The number of the last sale that was confirmed. */
  sold(): number;
  /** Has it sell from the first on. */
  forgetSold(): void;
  heard(): Heard;
}

const NOTHING: Heard = { sales: 0, cents: 0, missing: 0, places: {} };

describe('the programs of the guide to back-ends', () => {
  const directory = join(ROOT, '.local', `back-ends-${randomUUID()}`);
  const leftOut = new Map<string, string>();
  const backEnds: BackEnd[] = [];
  /** Python, with the packages of the guide. */
  let python: string | undefined;
  let servers: Servers;
  let emulator: RunningEmulator;

  const read = <Content>(file: string, otherwise: Content): Content =>
    existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Content) : otherwise;

  const together = async (act: (backEnd: BackEnd) => unknown): Promise<void> => {
    await Promise.all(backEnds.map(act));
  };

  beforeAll(async () => {
    mkdirSync(directory, { recursive: true });
    servers = await startServers({
      root: ROOT,
      directory,
      environment: {},
      disposable: 'back-ends',
      virtualHosts: [EMPTY],
      report: () => undefined,
    });
    emulator = await startEmulator({
      redisUrl: servers.redisUrl,
      rabbitmqUrl: servers.rabbitmqUrl,
      env: {
        REDIS_KEY_PREFIX: `back-ends-${randomUUID()}:`,
        APPENDED_ENABLED: 'true',
        EVENT_REPLAY_MAX_EVENTS: `${KEPT}`,
      },
    });
    const { NODE_ENV: _mode, ...inherited } = process.env;
    const envOf = (address: string) => ({ ...inherited, BACK_END_URL: address });
    const env = envOf(servers.backEndUrl ?? '');
    for (const toolchain of toolchains) {
      const { language } = toolchain;
      const cwd = join(directory, language.toLowerCase());
      writePrograms(cwd, toolchain);
      try {
        const { sell, hear } = await toolchain.prepare(cwd);
        if (language === 'Python') [python] = sell;
        const sold = join(cwd, `sold-${language.toLowerCase()}.json`);
        backEnds.push({
          language,
          sell: new Running(sell, { cwd, env }),
          hear: new Running(hear, { cwd, env }),
          standby: new Running(hear, { cwd, env }),
          at: (address) => ({
            sell: new Running(sell, { cwd, env: envOf(address) }),
            hear: new Running(hear, { cwd, env: envOf(address) }),
          }),
          sold: () => read(sold, 0),
          forgetSold: () => rmSync(sold, { force: true }),
          heard: () => read(join(cwd, `heard-${language.toLowerCase()}.json`), NOTHING),
        });
      } catch (error) {
        if (!(error instanceof NotHere)) throw error;
        leftOut.set(language, error.message);
        console.log(`Left out of the guide to back-ends: ${language}: ${error.message}`);
      }
    }
  }, 2 * PATIENCE);

  afterAll(async () => {
    await together(({ sell, hear, standby }) => Promise.all([sell, hear, standby].map((each) => each.kill())));
    await emulator?.stop();
    await servers?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, PATIENCE);

  it.for(toolchains)('in $language are run, or it is said why not', ({ language }, { skip }) => {
    skip(leftOut.has(language), leftOut.get(language));
    expect(backEnds.map((backEnd) => backEnd.language)).toContain(language);
  });

  it(
    'hear every sale once, over the ends of all of them and of RabbitMQ',
    async () => {
      await together(({ hear }) => hear.start());
      for (const { hear } of backEnds) await expect.poll(() => hear.output, patiently).toContain('hearing');
      await together(({ standby }) => standby.start());
      for (const { standby } of backEnds) await expect.poll(() => standby.output, patiently).toContain('hearing');
      await together(({ sell }) => sell.start());
      const until = async (sales: number): Promise<void> => {
        for (const { sold, sell } of backEnds) {
          await expect.poll(() => sold() >= sales || sell.output, patiently).toBe(true);
        }
      };

      await until(40);
      await together(({ sell, hear }) => Promise.all([sell.kill(), hear.kill()]));
      await together(({ sell }) => sell.start());
      await until(80);
      await together(({ hear }) => hear.start());
      await until(100);
      await together(({ standby }) => standby.kill());
      const { rabbitmq } = servers;
      if (!('restart' in rabbitmq)) return expect.unreachable('the broker is not ours to restart');
      await rabbitmq.restart();

      const all = { sales: backEnds.length * SALES, cents: backEnds.length * CENTS, missing: 0 };
      for (const { language, sell, heard } of backEnds) {
        await expect.poll(() => sell.status ?? sell.output, patiently).toBe(0);
        await expect.poll(() => heard(), { ...patiently, message: `what was heard in ${language}` }).toMatchObject(all);
      }
      // All of it was of the same histories.
      for (const { hear, standby } of backEnds) expect(hear.output + standby.output).not.toContain('began anew');
    },
    3 * PATIENCE,
  );

  it(
    'say what nobody will be told',
    async () => {
      const model = await amqp.connect(servers.rabbitmqUrl);
      const channel = await model.createChannel();
      // A queue of another back-end that is full keeps its channels back, until they are cut.
      await channel.assertQueue('full', {
        durable: true,
        arguments: { 'x-queue-type': 'quorum', 'x-max-length': 1, 'x-overflow': 'reject-publish' },
      });
      await channel.bindQueue('full', 'appended', 'till.9.sold');
      const before = new Map(backEnds.map(({ language, heard }) => [language, heard()]));
      for (let sale = 1; sale <= FLOOD; sale += REQUEST) {
        const events = Array.from({ length: REQUEST }, () => ({ channel: 'till:9:sold', data: { cents: 1 } }));
        const response = await fetch(`${emulator.httpUrl}/events?user=till`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ events }),
        });
        expect([response.status, response.ok || (await response.text())]).toEqual([200, true]);
      }
      const appended = async () => (await fetch(`${emulator.httpUrl}/metrics`)).text();
      await expect
        .poll(appended, patiently)
        .toMatch(new RegExp(`events_appended\\S* ${backEnds.length * SALES + FLOOD}\n`));
      await channel.deleteQueue('full');
      await model.close();

      for (const { language, heard, hear } of backEnds) {
        const place = () => Object.values(heard().places['till:9:sold'] ?? {})[0];
        await expect.poll(() => place()?.offset, patiently).toBe(FLOOD);
        const [{ sales, missing }, earlier] = [heard(), before.get(language) ?? NOTHING];
        expect(missing).toBeGreaterThan(0);
        expect(sales - earlier.sales + missing).toBe(FLOOD);
        expect(hear.output).toMatch(/till:9:sold: \d+ to \d+ are gone/);
      }
    },
    2 * PATIENCE,
  );

  it('have a shorter one in Python beside them, in the guide to publishing, which is run as well', async ({ skip }) => {
    if (python === undefined) return skip(leftOut.get('Python'));
    const guide = readFileSync(join(ROOT, 'docs/guides/publish.md'), 'utf8');
    const [block] = blocksOf(guide).filter(({ language }) => language === 'python');
    const file = join(directory, 'publish.py');
    writeFileSync(file, block?.text ?? 'raise SystemExit("The guide has no program in Python")');
    const env = { ...process.env, BACK_END_URL: servers.backEndUrl };
    await promisify(execFile)(python, [file], { env });
  });

  it(
    'leave out what comes again, also behind another epoch, and take what a history that was set back says anew',
    async () => {
      const model = await amqp.connect(servers.rabbitmqUrl);
      const channel = await model.createConfirmChannel();
      const name = 'till:8:sold';
      const say = (type: string, headers: object, cents: number | null) =>
        channel.publish('appended', 'till.8.sold', Buffer.from(JSON.stringify(cents === null ? null : { cents })), {
          headers: { type, channel: name, ...headers },
        });
      const event = (epoch: string, offset: number, timestamp: number, cents: number) =>
        say('event', { epoch, offset, timestamp }, cents);
      const before = new Map(backEnds.map(({ language, heard }) => [language, heard()]));
      const noon = 1_796_000_000_000;
      const first = (): void => {
        event('a', 1, noon, 1);
        event('a', 2, noon, 10);
        say('gap', { epoch: 'a', from: 3, to: 4 }, null);
        event('a', 5, noon + 2, 100);
      };
      const second = (): void => {
        event('b', 1, noon + 5, 1_000);
        event('b', 2, noon + 6, 10_000);
      };
      first();
      second();
      // As they come again where no ack arrived.
      first();
      second();
      // Redis came back without the last write.
      event('b', 2, noon + 9, 100_000);
      second();
      event('b', 3, noon + 9, 1_000_000);
      await channel.waitForConfirms();
      await model.close();

      for (const { language, heard } of backEnds) {
        await expect.poll(() => heard().places[name]?.['b']?.offset, patiently).toBe(3);
        const [{ sales, cents, missing }, earlier] = [heard(), before.get(language) ?? NOTHING];
        expect([sales - earlier.sales, cents - earlier.cents, missing - earlier.missing]).toEqual([7, 1_111_111, 2]);
      }
    },
    PATIENCE,
  );

  it('ask again for as long as nobody answers', { timeout: PATIENCE }, async () => {
    await together(async (backEnd) => {
      backEnd.forgetSold();
      const { sell, hear } = backEnd.at('amqp://back-end:secret@127.0.0.1:1');
      for (const program of [sell, hear]) {
        program.start();
        await expect.poll(() => program.output, patiently).toMatch(/(Again in .*\n){4}/);
        expect(program.status).toBe(null);
        await program.kill();
      }
    });
  });

  it('end where RabbitMQ refuses, and say what', { timeout: 2 * PATIENCE }, async () => {
    const host = new URL(servers.rabbitmqUrl);
    host.pathname = `/${EMPTY}`;
    const model = await amqp.connect(host.href);
    const channel = await model.createChannel();

    const right = servers.backEndUrl ?? '';
    const wrong = (change: (address: URL) => void): string => {
      const address = new URL(right);
      change(address);
      return address.href;
    };
    const elsewhere = wrong((address) => {
      address.pathname = `/${EMPTY}`;
    });
    const refusals: readonly (readonly [address: string, sell: RegExp | undefined, hear: RegExp])[] = [
      ['', /BACK_END_URL/, /BACK_END_URL/],
      [wrong((address) => (address.password = 'wrong')), /403/, /403/],
      [wrong((address) => (address.pathname = '/nowhere')), /530|vhost|ConnectionClose/, /530|vhost|ConnectionClose/],
      [elsewhere, /404.*events/, /404.*appended/],
      [elsewhere, undefined, /406.*back-end\.sales/],
    ];
    for (const [address, ...texts] of refusals) {
      await together(async (backEnd) => {
        backEnd.forgetSold();
        const { sell, hear } = backEnd.at(address);
        for (const [n, program] of [sell, hear].entries()) {
          const text = texts[n];
          if (text === undefined) {
            // As an earlier version of the program may have declared it.
            const queue = `back-end.sales-${backEnd.language.toLowerCase()}`;
            await channel.deleteQueue(queue);
            await channel.assertQueue(queue, { durable: true });
            continue;
          }
          program.start();
          await expect.poll(() => program.status ?? program.output, patiently).toBe(1);
          expect(program.output).toMatch(text);
        }
      });
    }
    await model.close();
  });
});
