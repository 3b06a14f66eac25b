import { expect, it } from 'vitest';
import { websocketAddress } from '../../../lib/console/settings.ts';
import { withSecretPath } from '../../../localstack/secret-path.ts';

it('[O-11] tells everyone where clients connect, and nobody the path behind which functions post', () => {
  expect(websocketAddress(withSecretPath('http://127.0.0.1:3001'), '192.168.1.7')).toBe('ws://192.168.1.7:3001');
  expect(websocketAddress(withSecretPath('http://realtime-sync:3001'), undefined)).toBe('ws://realtime-sync:3001');
});

it('keeps the stage in the path of API Gateway', () => {
  const endpoint = 'https://abc.execute-api.eu-west-1.amazonaws.com/prod';
  expect(websocketAddress(endpoint, 'sync.example.org')).toBe('wss://abc.execute-api.eu-west-1.amazonaws.com/prod');
});
