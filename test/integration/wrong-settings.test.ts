import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const START = join(import.meta.dirname, '../../localstack/start.ts');
const SECRET = 'a-secret-of-more-than-thirty-two-bytes';

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A start that does not end by itself has found nothing wrong; it is ended. */
const start = (args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment };
    const child = execFile(process.execPath, [START, ...args], { env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
    child.stdout?.on('data', (text: string) => {
      if (/Starting|Ended the emulator/.test(text)) child.kill('SIGTERM');
    });
  });

describe.concurrent('a start with wrong settings ends at once, and names them', () => {
  let directory: string;
  let files = 0;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'settings-'));
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  const startWith = (text: string | Buffer, environment: NodeJS.ProcessEnv = {}): Promise<Ended> => {
    const file = join(directory, `${files++}.env`);
    writeFileSync(file, text);
    return start(['--env', file], environment);
  };

  it.each<[string, string | Buffer, RegExp]>([
    ['a name with a slip', 'AUTH_MOED=jwt', /AUTH_MOED \(line 1 of \d+\.env\) is no setting; is AUTH_MODE meant\?/],
    ['a name in small letters', 'auth_mode=jwt', /auth_mode .* is AUTH_MODE meant\?/],
    ['half a name', 'JWT_SECRET=x', /JWT_SECRET .* is AUTH_JWT_SECRET meant\?/],
    ['a name of something else', '\nUSERNAME_FIELD=x', /USERNAME_FIELD \(line 2 .*docs\/configuration\.md/],
    ['a value with a slip', 'AUTH_MODE=jtw', /AUTH_MODE="jtw" is not usable; expected one of dev, jwt/],
    ['a value in capitals', 'AUTH_MODE=JWT', /AUTH_MODE="JWT" is not usable; expected one of dev, jwt/],
    ['YAML', 'AUTH_MODE: jwt', /line 1 is not of the form NAME=value/],
    ['a quote that is not closed', `AUTH_JWT_SECRET="${SECRET}`, /line 1, AUTH_JWT_SECRET: the quote " is not closed/],
    ['text behind a quote', `ADMIN_KEY="0123456789"abcdef`, /line 1, ADMIN_KEY: something stands behind the closing/],
    ['jwt without a secret', 'AUTH_MODE=jwt', /AUTH_MODE=jwt wants one of AUTH_JWT_SECRET and AUTH_JWKS_URL/],
    ['jwt with two sources', `AUTH_MODE=jwt\nAUTH_JWT_SECRET=${SECRET}\nAUTH_JWKS_URL=https://a.b/`, /and not both/],
    [
      'a short secret',
      'AUTH_MODE=jwt\nAUTH_JWT_SECRET=short',
      /AUTH_JWT_SECRET is not usable; expected at least 32 bytes/,
    ],
    [
      'a secret with a line break',
      `AUTH_JWT_SECRET="${SECRET}\\n"`,
      /AUTH_JWT_SECRET is not usable; .*without a space or line/,
    ],
    [
      'a key no header carries',
      'ADMIN_KEY=schlüssel-schlüssel',
      /ADMIN_KEY is not usable; expected 16 to 8192 bytes of ASCII/,
    ],
    [
      'a key longer than API Gateway takes',
      `ADMIN_KEY=${'k'.repeat(8_193)}`,
      /ADMIN_KEY is not usable; expected 16 to 8192 bytes of ASCII/,
    ],
    [
      'a comment without its space',
      'RATE_LIMIT_POINTS=7# seven',
      /RATE_LIMIT_POINTS="7# seven" is not usable; expected a whole/,
    ],
    [
      'a number with a unit',
      'WS_HEARTBEAT_INTERVAL=30s',
      /WS_HEARTBEAT_INTERVAL="30s" is not usable; expected a whole/,
    ],
    ['yes for true', 'COMPRESSION_ENABLED=yes', /COMPRESSION_ENABLED="yes" is not usable; expected true or false/],
    ['an origin with a path', 'CORS_ORIGINS=https://a.example/app', /CORS_ORIGINS=.* is not usable; expected origins/],
    ['an origin without a scheme', 'CORS_ORIGINS=app.example.org', /CORS_ORIGINS=.* is not usable; expected origins/],
    ['an address of something else', 'REDIS_URL=http://localhost', /REDIS_URL is not usable; expected a Redis address/],
    ['a limit of an unknown type', 'RATE_LIMIT_TYPES=subscirbe=60', /clients send no subscirbe; is subscribe meant\?/],
    ['bytes that are no text', Buffer.of(65, 61, 0xc3, 0x28), /\.env: the file is not text/],
    ['dev in production', 'NODE_ENV=production', /AUTH_MODE=dev lets anyone be any user/],
  ])('%s', async (_, text, said) => {
    const { code, output } = await startWith(text);
    expect(output).toMatch(said);
    expect(output).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
  });

  it('names all that is wrong with the file at once: names, values, and what does not fit together', async () => {
    const { output } = await startWith(
      'AUTH_MOED=jwt\nlog level=x\nRATE_LIMIT_POINT=1\nWS_PORT=x\nAPPENDED_PRIVATE_ENABLED=true',
    );
    expect(output).toMatch(/AUTH_MOED[\s\S]*RATE_LIMIT_POINT /);
    expect(output).toContain('line 2 is not of the form');
    expect(output).toMatch(/WS_PORT="x" is not usable; .* \(line 4 of \d+\.env\)/);
    expect(output).toMatch(/APPENDED_PRIVATE_ENABLED wants APPENDED_ENABLED \(line 5 of \d+\.env\)/);
  });

  it('a slip in the environment', async () => {
    const { code, output } = await startWith('', { AUTH_MOED: 'jwt' });
    expect(output).toContain('AUTH_MOED (in the environment) is no setting; is AUTH_MODE meant?');
    expect(code).toBe(1);
  });

  it('an option with a slip, with the usage; which --help shows as well', async () => {
    const wrong = await start(['--stirct']);
    expect(wrong).toMatchObject({
      code: 1,
      output: expect.stringMatching(/Unknown option '--stirct'\n\nnpm start --/),
    });
    expect(wrong.output).not.toMatch(/\n\s+at /);
    const help = await start(['--help']);
    expect(help).toMatchObject({ code: 0, output: expect.stringContaining('--lenient') });
  });
});
