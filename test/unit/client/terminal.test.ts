import { describe, expect, it } from 'vitest';
import { barOf, summaryOf } from '../../../client/terminal/figures.ts';
import { statusUrlOf } from '../../../client/terminal/status-url.ts';
import { countOf, dataOf, timeOf, UsageError, wordsOf } from '../../../client/terminal/words.ts';

describe('command lines', () => {
  it.each([
    ['sub memory:* user:*', ['sub', 'memory:*', 'user:*']],
    ['  broadcast  test:channel "hello there" ', ['broadcast', 'test:channel', 'hello there']],
    ["sub '/user:\\d+:login/'", ['sub', '/user:\\d+:login/']],
    ['', []],
  ])('%j', (line, words) => {
    expect(wordsOf(line)).toEqual(words);
  });

  it.each([
    ['{"a": [1]}', { a: [1] }],
    ['"hello"', 'hello'],
    ["'hello'", 'hello'],
    ['hello there', 'hello there'],
    ['7', 7],
  ])('data %s', (text, data) => {
    expect(dataOf(text)).toEqual(data);
  });

  it('times are ages or milliseconds since 1970', () => {
    expect(timeOf('5m', 1_000_000)).toBe(700_000);
    expect(timeOf('1634567890000', 1)).toBe(1_634_567_890_000);
    expect(() => timeOf('yesterday', 1)).toThrow(UsageError);
  });

  it('what cannot be read is said', () => {
    expect(() => wordsOf('broadcast a "open')).toThrow(UsageError);
    for (const text of [undefined, '0', '1.5', 'many', '11'])
      expect(() => countOf(text, 'N', 1, 10)).toThrow('1 to 10');
  });
});

it('figures in words', () => {
  expect(summaryOf([3, 1, 2])).toBe('3, p50 2.0 ms, p95 3.0 ms, p99 3.0 ms, max 3.0 ms');
  expect(summaryOf([])).toBe('none');
  expect(barOf(5, 10, 4)).toBe('[##--] 5/10');
});

describe('the status of the server is', () => {
  it.each([
    ['ws://localhost:3001', 'http://localhost:3002/status'],
    ['ws://127.0.0.1', 'http://127.0.0.1:3002/status'],
    ['ws://[::1]:4001', 'http://[::1]:4002/status'],
  ])('beside a gateway on this machine: %s', (url, status) => {
    expect(statusUrlOf(url)).toBe(status);
  });

  it.each(['wss://abc123.execute-api.eu-central-1.amazonaws.com/prod', 'wss://localhost', 'ws://sync.example:3001'])(
    'where it is said for any other: %s',
    (url) => {
      expect(statusUrlOf(url)).toBeUndefined();
      expect(statusUrlOf(url, 'https://sync.example/api/')).toBe('https://sync.example/api/status');
    },
  );
});
