import { expect, it } from 'vitest';
import { isOwnHost, isSameHost, isWelcome } from '../../../lib/auth/origins.ts';
import { sections } from '../../../lib/config/variables.ts';

const ON_A_LAPTOP = sections.origins.read({});

it.each([
  [undefined, [], true],
  ['https://app', ['https://app'], true],
  ['https://app', ['*'], true],
  ['https://app.evil', ['https://app'], false],
  ['null', ['https://app'], false],
  ['https://app', [], false],
  ['http://localhost:3002', ON_A_LAPTOP, true],
  ['http://localhost', ON_A_LAPTOP, true],
  ['http://127.0.0.1:5173', ON_A_LAPTOP, true],
  ['http://[::1]:3002', ON_A_LAPTOP, true],
  ['https://evil.example.org', ON_A_LAPTOP, false],
  ['http://localhost.evil.example.org', ON_A_LAPTOP, false],
  ['http://localhost:3002.evil.example.org', ON_A_LAPTOP, false],
  ['http://localhost:3002@evil.example.org', ON_A_LAPTOP, false],
  ['http://localhost:', ON_A_LAPTOP, false],
  ['http://evil-localhost:1', ON_A_LAPTOP, false],
  ['null', ON_A_LAPTOP, false],
  ['', ON_A_LAPTOP, false],
])('[C-7] origin %s with %j: %s', (origin, allowed, welcome) => {
  expect(isWelcome(origin, allowed)).toBe(welcome);
});

it('[C-7] in production no page is let in that is not named', () => {
  expect(sections.origins.read({ NODE_ENV: 'production' })).toEqual([]);
});

it.each([
  ['localhost:3002', true],
  ['app.localhost:3002', true],
  ['127.0.0.1:3002', true],
  ['192.168.1.7', true],
  ['[::1]:3002', true],
  ['realtime-sync:3002', true],
  ['listed.example.org:3002', true],
  [undefined, true],
  ['listed.example.org', false],
  ['evil.example.org:3002', false],
  ['localhost.evil.example.org', false],
  ['127.0.0.1.evil.example.org', false],
  ['evil.example.org.', false],
  ['a b', false],
  ['', false],
])('[C-7] a page that leads its own name here asks by it: host %s, taken: %s', (host, isOwn) => {
  expect(isOwnHost(host, [...ON_A_LAPTOP, 'http://listed.example.org:3002'])).toBe(isOwn);
  expect(isOwnHost(host, ['*'])).toBe(true);
});

it.each([
  ['https://sync.example.org', 'sync.example.org', true],
  ['http://sync.example.org:81', 'sync.example.org:81', true],
  ['https://evil.example.org', 'sync.example.org', false],
  ['https://sync.example.org:81', 'sync.example.org', false],
  ['null', 'sync.example.org', false],
  [undefined, 'sync.example.org', false],
  ['https://sync.example.org', undefined, false],
])('[H-4] the page of origin %s is that of host %s: %s', (origin, host, isSame) => {
  expect(isSameHost(origin, host)).toBe(isSame);
});
