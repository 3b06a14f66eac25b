import { describe, expect, it } from 'vitest';
import { Session } from '../../../client/terminal/commands.ts';
import { barOf, summaryOf } from '../../../client/terminal/figures.ts';
import { nothingIsAwaited } from '../../../client/terminal/leaving.ts';
import { statusUrlOf } from '../../../client/terminal/status-url.ts';
import { countOf, dataOf, timeOf, UsageError, wordsOf } from '../../../client/terminal/words.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService, type Sent } from './scripted-service.ts';

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

describe('a pipe that has ended', () => {
  /** A session that is connected, its service, and what is on its screen. */
  const setUp = async () => {
    const clock = new ModelClock(new SeededRandom(1));
    const service = new ScriptedService(clock);
    const { webSocket } = service;
    const lines: string[] = [];
    const screen = { line: (text: string) => void lines.push(text), passing: () => undefined };
    const session = new Session({ url: 'ws://model', user: 'alice', webSocket, clock }, undefined, screen as never);
    const done = async (line: string) => {
      const doing = session.execute(line);
      await clock.advance(1_000);
      return doing;
    };
    await done('connect');
    const say = ({ id, channel, data }: Sent) => {
      const where = { channel, category: 'c', priority: 'normal', timestamp: clock.now(), offset: 1, epoch: 'e' };
      service.say({ type: 'event', id, userId: 'alice', data, ...where });
    };
    return { clock, service, session, lines, done, say };
  };

  it.each([
    ['a channel', 'news'],
    ['a pattern', 'n*'],
  ])('leaves once the event of its own broadcast is shown, to %s', async (_, text) => {
    const { clock, service, session, lines, done, say } = await setUp();
    await done(`sub ${text}`);
    await done('broadcast news 7');
    let hasLeft = false;
    void nothingIsAwaited(session, clock).then(() => {
      hasLeft = true;
    });
    await clock.advance(5_000);
    expect(hasLeft).toBe(false);
    say(service.sent.flat().find(({ type }) => type === 'broadcast') as Sent);
    await clock.advance(1_000);
    expect(lines.at(-1)).toContain('news #1 7');
    await clock.advance(1_000);
    expect(hasLeft).toBe(true);
    await session.quit();
  });

  it.each([
    ['it does not listen to', 'sub other', 'broadcast news 7', 1_000],
    ['nobody brings', 'sub news', 'broadcast news 7', 20_000],
    ['was refused', 'sub news', 'broadcast news', 1_000],
  ])('leaves all the same where it published what %s', async (_, first, second, time) => {
    const { clock, session, done } = await setUp();
    await done(first);
    await done(second);
    let hasLeft = false;
    void nothingIsAwaited(session, clock).then(() => {
      hasLeft = true;
    });
    await clock.advance(time);
    expect(hasLeft).toBe(true);
    await session.quit();
  });
});
