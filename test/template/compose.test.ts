import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { programFor } from '../programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REFUSE = join(ROOT, 'localstack/nginx/refuse-defaults.sh');
const file = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');

const run = (command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    execFile(command, args, { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` }),
    );
  });

/** Checks a compose file as `npm run check` does. */
const lint = (content: string) => {
  const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-compose-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  copyFileSync(join(ROOT, '.dclintrc.json'), join(directory, '.dclintrc.json'));
  writeFileSync(join(directory, 'docker-compose.yml'), content);
  return run(join(ROOT, 'node_modules/.bin/dclint'), ['--max-warnings', '0', '.'], directory);
};

describe('docker-compose.yml', () => {
  it('is what Docker Compose takes', async () => {
    expect(await lint(file)).toMatchObject({ code: 0 });
  });

  it.each([
    [
      'a key there is not',
      (text: string) => text.replace('    restart: unless-stopped', '    restrat: unless-stopped'),
    ],
    ['an image of whatever version', (text: string) => text.replace(/redis:[\d.]+-alpine/, 'redis:latest')],
    ['a port for everyone', (text: string) => text.replace('127.0.0.1:${REDIS_PORT', '${REDIS_PORT')],
  ])('is refused with %s', async (_, plant) => {
    expect(plant(file)).not.toBe(file);
    expect((await lint(plant(file))).code).not.toBe(0);
  });

  it('is what the first Docker Compose takes, as Debian has it', async () => {
    const compose = await programFor(['docker-compose'], {
      aptPackage: 'docker-compose',
      brewFormula: 'docker-compose',
    });
    const check = async (content: string) => {
      const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-compose-'));
      onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
      writeFileSync(join(directory, 'docker-compose.yml'), content);
      return run(compose, ['config', '-q'], directory);
    };
    expect(await check(file)).toMatchObject({ code: 0 });
    expect((await check(`name: realtime-sync\n${file}`)).output).toContain("'name'");
  });

  it('says of every service how it is known to be well', () => {
    const services = file.slice(file.indexOf('\nservices:'), file.indexOf('\nvolumes:'));
    const without = services
      .split(/\n(?= {2}[\w-]+:)/)
      .slice(1)
      .filter((service) => !service.includes('healthcheck:') && !service.includes('build: .'));
    expect(without).toEqual([]);
    expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).toMatch(/\nHEALTHCHECK [\s\S]*\nSTOPSIGNAL SIGTERM\n/);
  });
});

it('the scripts in the containers are what a shell takes', async () => {
  for (const script of [REFUSE, join(ROOT, 'localstack/prometheus/start.sh')])
    expect(await run('sh', ['-n', script], ROOT)).toEqual({ code: 0, output: '' });
});

describe('the profile production', () => {
  const certificates = mkdtempSync(join(tmpdir(), 'realtime-sync-certificates-'));
  for (const name of ['fullchain.pem', 'privkey.pem']) writeFileSync(join(certificates, name), 'x');
  const good = {
    NODE_ENV: 'production',
    RABBITMQ_DEFAULT_PASS: 'one-of-my-own',
    REDIS_PASSWORD: 'another-of-my-own',
    NGINX_CERTIFICATES: certificates,
  };

  it('starts with passwords of its own', async () => {
    expect(await run('sh', [REFUSE], ROOT, good)).toEqual({ code: 0, output: '' });
  });

  it.each([
    ['without NODE_ENV=production', { NODE_ENV: '' }, /NODE_ENV/],
    ['with the default password of RabbitMQ', { RABBITMQ_DEFAULT_PASS: 'password123' }, /RABBITMQ_DEFAULT_PASS/],
    ['without a password of RabbitMQ', { RABBITMQ_DEFAULT_PASS: '' }, /RABBITMQ_DEFAULT_PASS/],
    ['without a password of Redis', { REDIS_PASSWORD: '' }, /REDIS_PASSWORD/],
    ['without a certificate', { NGINX_CERTIFICATES: tmpdir() }, /fullchain\.pem/],
  ])('does not start %s', async (_, change, says) => {
    const { code, output } = await run('sh', [REFUSE], ROOT, { ...good, ...change });
    expect(code).not.toBe(0);
    expect(output).toMatch(says);
  });
});
