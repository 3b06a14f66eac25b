import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/config.ts';
import { checkSettings, localEndpoint } from '../../../localstack/settings.ts';
import { startOptions } from '../../../localstack/start-options.ts';

describe('the settings of a start', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::', '::1', '[::1]', '::ffff:10.0.0.1', 'localhost', 'my-pc.lan'])(
    'take %s as HOST',
    (HOST) => {
      expect(() => checkSettings({ HOST })).not.toThrow();
    },
  );

  it.each([
    '127.0.0.1:3000',
    'localhost:3001',
    'http://localhost',
    'a b',
    '10.0.0.1/24',
    ':3001',
    '[::1]:3001',
    'fe80::1%eth0',
  ])('refuse %s as HOST, by that name alone', (HOST) => {
    const problem = `HOST=${JSON.stringify(HOST)} is not usable; expected an address or a name alone, such as 127.0.0.1 or ::1`;
    expect(() => checkSettings({ HOST })).toThrow(new ConfigError([problem]));
  });

  it.each([
    [{ WS_PORT: '4000', HTTP_PORT: '4000' }, 'WS_PORT and HTTP_PORT are 4000; each needs a port of its own'],
    [{ LAMBDA_PORT: '3001' }, 'WS_PORT and LAMBDA_PORT are 3001; each needs a port of its own'],
  ])('refuse a port that is wished for twice: %j', (environment, problem) => {
    expect(() => checkSettings(environment)).toThrow(problem);
  });

  it('give a gateway the address of its host', () => {
    expect(localEndpoint({ HOST: '[::1]' }, 1)).toMatch(/^http:\/\/\[::1\]:1\//);
  });
});

describe('the options of a start', () => {
  it('may name a file of settings, which is there', () => {
    expect(startOptions(['--env', import.meta.filename], '.env')).toMatchObject({ env: import.meta.filename });
    expect(() => startOptions(['--env', '/none/of.env'], '.env')).toThrow('--env: there is no file /none/of.env');
  });

  it('need no file where they name none', () => {
    expect(startOptions([], '/none/.env')).toMatchObject({ env: '/none/.env' });
  });

  it.each([
    [[], true],
    [['--strict'], true],
    [['--lenient'], false],
  ])('have the strict gateway in front, unless they say otherwise: %j', (args, strict) => {
    expect(startOptions(args, '/none/.env')).toMatchObject({ strict });
  });

  it('are not strict and lenient at once', () => {
    expect(() => startOptions(['--strict', '--lenient'], '/none/.env')).toThrow(
      'contradict each other\n\nnpm start --',
    );
  });
});
