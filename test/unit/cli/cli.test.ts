import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Tokens } from '../../../lib/auth/token.ts';
import { cli, startCli } from '../../cli.ts';
import { SECRET } from '../../tokens.ts';

const COMMANDS = ['start', 'connect', 'tail', 'publish', 'replay', 'why', 'parked', 'token', 'doctor', 'bench', 'docs'];
// Where nobody listens.
const NOWHERE = ['--url', 'ws://127.0.0.1:9', '--http', 'http://127.0.0.1:9'];

describe('the command', () => {
  it('says its commands when it is asked for help', async () => {
    const { code, said } = await cli(['--help']);
    expect(code).toBe(0);
    for (const name of COMMANDS) expect(said).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it.each(COMMANDS)('says how %s is called', async (name) => {
    const { code, said } = await cli([name, '--help']);
    expect(said).toMatch(/usage|npm (run|start)/i);
    expect(code).toBe(0);
  });

  it.each([
    [['tial', 'a'], /unknown command 'tial'[\s\S]*tail/],
    [['tail'], /missing required argument 'patterns'/],
    [['tail', '--cuont', '1', 'a'], /unknown option '--cuont'[\s\S]*--count/],
    [['tail', '--count', 'some', 'a'], /Expected a whole number from 1/],
    [['replay', 'a', '--last', '0'], /Expected a whole number from 1/],
    [['replay', 'a', '--last', '5', '--since', '1h'], /'--last <number>' cannot be used with option '--since <time>'/],
    [['publish', 'a', '1', '--priority', 'urgent'], /Allowed choices are low, normal, high, critical/],
    [['publish', 'a', '1', '--url', 'http://localhost'], /Expected ws:\/\/… or wss:\/\/…/],
    [['why', 'a'], /required option '--user <name>' not specified/],
    [['parked', 'lits'], /too many arguments for 'list'/],
    [['parked', 'drop'], /name ids, as list shows them/],
    [['parked', 'drop', '--all', 'x'], /Name ids or --all, not both/],
    [['token'], /required option '--sub <user>' not specified/],
    [['token', '--sub', ''], /Expected 1 to 128 printable characters/],
    [['token', '--sub', 'a', '--expires', 'soon'], /Expected a duration/],
    [['docs', '--site', '--port', 'some'], /Expected a whole number from 0/],
    [['docs', 'protocol', '--site'], /Name a document or --site, not both/],
    [['completion', 'fish'], /Allowed choices are bash, zsh/],
  ])('says what is wrong with %j, and ends with 2', async (args, complaint) => {
    const { code, said, complained } = await cli(args);
    expect(complained).toMatch(complaint);
    expect(complained).not.toMatch(/\n\s+at /);
    expect(said).toBe('');
    expect(code).toBe(2);
  });

  it.each([
    [['publish', 'a', '1', ...NOWHERE]],
    [['tail', 'a', ...NOWHERE]],
    [['why', 'a', '--user', 'alice', ...NOWHERE]],
    [['parked', 'list']],
    [['parked']],
    [['parked', '--json']],
    [['docs', 'protocl']],
    [['token', '--sub', 'alice']],
  ])('says why %j cannot be done, and ends with 1', async (args) => {
    const { code, complained } = await cli(args, { RABBITMQ_URL: 'amqp://127.0.0.1:9' });
    expect(complained).toMatch(/does not answer|127\.0\.0\.1:9|is protocol meant\?|AUTH_JWT_SECRET is not set/);
    expect(complained).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
  });

  it('shows the administrator’s key where it asks as one, given by itself or in a file', async () => {
    const keys: unknown[] = [];
    const service = createServer(({ headers }, response) => {
      keys.push(headers['x-api-key']);
      response.end('{"connections":[]}');
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void service.close());
    const file = join(mkdtempSync(join(tmpdir(), 'cli-key-')), 'key');
    writeFileSync(file, 'in-a-file\n');
    onTestFinished(() => rmSync(dirname(file), { recursive: true }));
    const { port } = service.address() as AddressInfo;
    for (const key of ['by-itself', `@${file}`]) {
      await cli(['why', 'a', '--user', 'alice', '--key', key, '--http', `http://127.0.0.1:${port}`]);
    }
    expect(keys).toEqual(['by-itself', 'in-a-file']);
  });

  it.each([
    [['--help']],
    [['tail', '--help']],
    [['docs', 'protocol']],
    [['completion', 'bash']],
    [['parked', '--help']],
  ])('does %j whatever is wrong in the settings', async (args) => {
    const { code, said, complained } = await cli(args, { LOG_LEVLE: 'x', WS_PORT: 'abc' });
    expect(said).not.toBe('');
    expect([code, complained]).toEqual([0, '']);
  });

  it.each([
    [['tail', 'a'], { LOG_LEVLE: 'x' }, /^ {2}- LOG_LEVLE \(in the environment\).* LOG_LEVEL /m],
    [['parked', 'list'], { LOG_LEVLE: 'x' }, /^ {2}- LOG_LEVLE \(in the environment\).* LOG_LEVEL /m],
    [['tail', 'a'], { WS_PORT: 'abc' }, /^ {2}- WS_PORT="abc" is not usable; expected /m],
    [['why', 'a', '--user', 'alice'], { HTTP_PORT: 'abc' }, /^ {2}- HTTP_PORT="abc" is not usable; expected /m],
  ])('lists what is wrong in the settings that %j needs, and ends with 2', async (args, environment, complaint) => {
    const { code, complained } = await cli(args, environment as Record<string, string>);
    expect(complained).toMatch(/^Configuration is not usable:$/m);
    expect(complained).toMatch(complaint);
    expect(complained).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });

  it('takes an address that is given whatever is wrong in the settings', async () => {
    const { code, complained } = await cli(['publish', 'a', '1', '--url', 'ws://127.0.0.1:9'], { WS_PORT: 'abc' });
    expect(complained).toContain('ws://127.0.0.1:9');
    expect(code).toBe(1);
  });

  it('has the doctor look where the settings say that the service is', async () => {
    const ports = { WS_PORT: '9', HTTP_PORT: '19' };
    const { said } = await cli(['doctor', '--only', 'http', '--json'], ports);
    expect(JSON.parse(said)).toMatchObject({ url: 'ws://localhost:9', http: 'http://localhost:19' });
  });

  it.each([['doctor'], ['connect']])('lists what is wrong in the settings for %s, and ends with 2', async (name) => {
    const { code, complained } = await cli([name], { WS_PORT: 'abc' });
    expect(complained).toMatch(/^Configuration is not usable:\n {2}- WS_PORT="abc" is not usable/);
    expect(complained).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });

  it('has no colours where nobody looks', async () => {
    const { said } = await cli(['docs']);
    expect(said).not.toContain('\u001b[');
    expect(said).toMatch(/^protocol +/m);
  });

  it('shows a document, as text and as JSON', async () => {
    expect((await cli(['docs', 'protocol'])).said).toMatch(/^# /);
    const { values } = await cli(['--json', 'docs', 'write-a-client']);
    expect(values()).toMatchObject([{ name: 'write-a-client', text: expect.stringMatching(/^# /) }]);
  });

  it('serves the documents as pages, and says where, until it is told to end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'realtime-sync-pages-'));
    writeFileSync(join(folder, 'index.html'), 'the first page');
    const pages = startCli(['docs', '--site', '--json', '--folder', folder]);
    onTestFinished(() => {
      pages.interrupt();
      rmSync(folder, { recursive: true });
    });
    await vi.waitFor(() => expect(pages.said()).toContain('\n'), { timeout: 60_000 });
    const { address } = JSON.parse(pages.said()) as { readonly address: string };
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/docs\/$/);
    expect(await (await fetch(address)).text()).toBe('the first page');
    const { port } = new URL(address);
    expect(await cli(['docs', '--site', '--folder', folder, '--port', port])).toMatchObject({
      code: 1,
      complained: expect.stringContaining(`The port ${port} is taken`),
    });
    pages.interrupt();
    expect(await pages.ended).toMatchObject({ code: 0, complained: '' });
  });

  it.each([[['--json', 'docs', 'protocol']], [['docs', '--json', 'protocol']], [['docs', 'protocol', '--json']]])(
    'says JSON for %j, wherever it is asked for',
    async (args) => {
      expect((await cli(args)).values()).toMatchObject([{ name: 'protocol' }]);
    },
  );

  it('completes its words in a shell', async () => {
    const { said } = await cli(['completion', 'bash', '--name', 'rts']);
    const completed = (...words: string[]) =>
      execFileSync(
        'bash',
        [
          '-c',
          `${said}\nCOMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _rts; echo "\${COMPREPLY[@]}"`,
        ],
        { encoding: 'utf8' },
      ).trim();
    expect(completed('rts', 'pu')).toBe('publish');
    expect(completed('rts', 'parked', 're')).toBe('requeue');
    expect(completed('rts', 'tail', '--si')).toBe('--since');
  });
});

describe('a token', () => {
  const believed = { AUTH_JWT_SECRET: SECRET, AUTH_JWT_ISSUER: 'https://issuer', AUTH_JWT_AUDIENCE: 'sync' };
  const tokens = new Tokens({
    secret: SECRET,
    jwksUrl: undefined,
    issuer: 'https://issuer',
    audience: 'sync',
    clockTolerance: 5_000,
    defaultGrants: { subscribe: ['news'], publish: [] },
  });

  it('is believed, and grants what was said', async () => {
    const { said, code } = await cli(['token', '--sub', 'alice', '--subscribe', 'user:*', 'news', '--admin'], believed);
    expect(code).toBe(0);
    expect(await tokens.identify(said.trim())).toMatchObject({
      user: 'alice',
      admin: true,
      session: { grants: { subscribe: ['user:*', 'news'], publish: [] } },
    });
  });

  it('without grants has those of the settings, and lasts as long as was said', async () => {
    const { values } = await cli(['--json', 'token', '--sub', 'shop', '--backend', '--expires', '2h'], believed);
    const [{ token, expires } = {}] = values() as readonly { readonly token?: string; readonly expires?: number }[];
    const { session } = await tokens.identify(String(token));
    expect(session).toMatchObject({ backEnd: true, grants: { subscribe: ['news'] }, expires: Number(expires) + 5_000 });
    expect(Number(expires) - Number(session.issued)).toBe(7_200_000);
  });

  it('is not made where API Gateway would not take it', async () => {
    const names = Array.from({ length: 100 }, (_, n) => `${'c'.repeat(80)}${n}`);
    const { code, said, complained } = await cli(['token', '--sub', 'alice', '--subscribe', ...names], believed);
    expect(complained).toMatch(/The token has \d+ bytes\. API Gateway takes 10,240 /);
    expect([code, said]).toEqual([1, '']);
  });

  it('cannot grant an expression', async () => {
    const { code, complained } = await cli(['token', '--sub', 'alice', '--subscribe', '/a/'], believed);
    expect(complained).toMatch(/a grant cannot be a regular expression/);
    expect(code).toBe(1);
  });
});
