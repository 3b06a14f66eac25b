import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../lib/config.ts';
import { summary } from '../../../localstack/summary.ts';

const shown = (settings: Readonly<Record<string, string>>, strict = false, host = '127.0.0.1'): string => {
  const addresses = { REDIS_URL: 'redis://h', RABBITMQ_URL: 'amqp://h', WS_ENDPOINT: 'http://h' };
  return summary(readConfig({ ...addresses, ...settings }), strict, host, undefined);
};

describe('what is said once the service is ready', () => {
  it('is how it is run: sign-in, gateway, limits', () => {
    const text = shown({ RATE_LIMIT_POINTS: '7' });
    expect(text).toMatch(/Sign-in +dev/);
    expect(text).toMatch(/Gateway +lenient/);
    expect(text).toMatch(
      /Limits +7 messages of a connection, 3000 of a user, 30000 of a back-end, 10000 of all in 60 s/,
    );
    expect(shown({ RATE_LIMIT_ENABLED: 'false' }, true)).toMatch(/Gateway +strict[\s\S]*Limits +off/);
  });

  it('has a line for the environment of a back-end, by the name that the guides read', () => {
    expect(shown({})).toMatch(/^BACK_END_URL='amqp:\/\/h'$/m);
  });

  it('says whether back-ends hear anything', () => {
    expect(shown({})).toMatch(/Appended +off: .*APPENDED_ENABLED=true/);
    expect(shown({ APPENDED_ENABLED: 'true' })).toMatch(/Appended +on: /);
    expect(shown({ APPENDED_ENABLED: 'true', APPENDED_PRIVATE_ENABLED: 'true' })).toMatch(/Appended +on, .*private/);
  });

  it('has a line to try that works in that mode, at that address', () => {
    expect(shown({})).toContain('wscat -c "ws://localhost:3001?user=alice"');
    const jwt = shown({ AUTH_MODE: 'jwt', AUTH_JWT_SECRET: 'x'.repeat(32) }, false, '::1');
    expect(jwt).toContain('wscat -c "ws://[::1]:3001" -H "Authorization: Bearer $TOKEN"');
    expect(jwt).not.toContain('user=');
  });
});
