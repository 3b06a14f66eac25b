import { describe, expect, test } from 'vitest';
import { readableLine, readableLines } from '../../../localstack/emulator-output.ts';

const RECORD = {
  level: 'WARN',
  message: 'A connection is gone',
  timestamp: '2026-01-02T03:04:05.678Z',
  service: 'realtime-sync',
  sampling_rate: 0,
  connection: 'c1',
  attempts: [1, 2],
};

describe('the emulator’s output', () => {
  test.each([
    '',
    'Starting Offline at stage local (us-east-1)',
    'Offline [http for lambda] listening on http://127.0.0.1:3003',
    'Offline [websocket] listening on ws://127.0.0.1:3001',
    '           * connect: realtime-sync-local-connect',
    '(λ: fanout) RequestId: 0b5e  Duration: 3.10 ms  Billed Duration: 4 ms',
    "route '$connect (λ: connect)'",
    'received connection',
    'Running Authorization function for $connect (λ: authorizer)',
    'Authorization function returned a successful response: (λ: authorizer)',
    '   ┌──────────────────────────────────────────┐',
    '   │                                          │',
    '   │   GET | http://127.0.0.1:3002/health     │',
    '   │   http://127.0.0.1:13002/2015-03-31/functions/monitor/invocations   │',
    '   │   nitor/invocations   │',
    'Server ready: http://127.0.0.1:3002 🚀',
    'Successfully invoked scheduled function: [sweep]',
    "Authorization response didn't authorize user to access resource: (λ: authorizer)",
    'events.2 -> fanout: up to 100 messages a batch, window 0 ms',
  ])('is silent about %j', (line) => {
    expect(readableLine(line, 'text')).toBeUndefined();
  });

  test('shows what it does not know, without colours, and when it was said', () => {
    const shown = (line: string) => readableLine(line, 'text', () => new Date('2026-01-02T03:04:05.678Z'));
    expect(shown('\u001b[31m× Something broke\u001b[39m')).toBe('03:04:05.678 ERROR Something broke');
    expect(shown('{"not":"a record"}')).toBe('03:04:05.678 INFO  {"not":"a record"}');
    expect(shown('{broken')).toBe('03:04:05.678 INFO  {broken');
    expect(shown('    at somewhere')).toBe('    at somewhere');
    expect(readableLine('Something broke', 'json')).toBe('Something broke');
  });

  test('shows a record as a line', () => {
    expect(readableLine(JSON.stringify(RECORD), 'text')).toBe(
      '03:04:05.678 WARN  A connection is gone connection=c1 attempts=[1,2]',
    );
  });

  test('shows the stack of a failure, and only of a failure', () => {
    const error = { name: 'Error', message: 'away', stack: 'Error: away\n    at somewhere' };
    expect(readableLine(JSON.stringify({ ...RECORD, level: 'ERROR', error }), 'text')).toBe(
      '03:04:05.678 ERROR A connection is gone connection=c1 attempts=[1,2] (Error: away)\n    at somewhere',
    );
    expect(readableLine(JSON.stringify({ ...RECORD, error }), 'text')).not.toContain('somewhere');
  });

  test('[O-5] keeps measurements from people, and leaves them to machines', () => {
    const line = '{"_aws":{"Timestamp":1},"events_accepted":1}';
    expect(readableLine(line, 'text')).toBeUndefined();
    expect(readableLine(line, 'json')).toBe(line);
  });

  test('leaves records as they are where machines read them', () => {
    expect(readableLine(JSON.stringify(RECORD), 'json')).toBe(JSON.stringify(RECORD));
  });
});

describe('the emulator’s output, over several lines', () => {
  const now = () => new Date('2026-01-02T03:04:05.678Z');
  const shown = (lines: readonly string[], format: 'text' | 'json' = 'text') =>
    lines.map(readableLines(format, now)).filter((line) => line !== undefined);

  const thrown = (error: string) => [
    "× Unhandled exception in handler 'authorizer'.",
    `× ${error}`,
    '      at RedisDirectory.isRevoked (file:///x/lib/redis/directory.ts:35:13)',
    '    {',
    "    dependency: 'redis',",
    '    [cause]:',
    '     Error: Command timed out',
    '         at process.processTimers (node:internal/timers:618:7)',
    '}',
  ];

  test('is one line where a function threw since a part is away', () => {
    const lines = [...thrown('DependencyAway: redis is away'), '{broken'];
    expect(shown(lines)).toEqual([
      '03:04:05.678 WARN  authorizer could not go on: redis is away',
      '03:04:05.678 INFO  {broken',
    ]);
    const scheduled = '× Failed to execute scheduled function: [sweep] Error: DependencyAway: redis is away';
    expect(shown([...thrown('DependencyAway: redis is away'), scheduled])).toHaveLength(1);
  });

  test('is all of it where a function threw for another reason, or a machine reads it', () => {
    expect(shown(thrown('TypeError: x is not a function')).join('\n').split('\n')).toEqual([
      "03:04:05.678 ERROR Unhandled exception in handler 'authorizer'.",
      '03:04:05.678 ERROR TypeError: x is not a function',
      ...thrown('').slice(2, -1),
      '03:04:05.678 INFO  }',
    ]);
    expect(shown(thrown('DependencyAway: redis is away'), 'json')).toEqual(thrown('DependencyAway: redis is away'));
  });

  test('says an absence once in a few seconds, however many ask meanwhile', () => {
    const [rabbitmq, redis] = ['rabbitmq', 'redis'].map((part) =>
      JSON.stringify({ ...RECORD, error: { name: 'DependencyAway', message: `${part} is away` } }),
    ) as [string, string];
    const other = JSON.stringify({ ...RECORD, error: { name: 'Error', message: 'x' } });
    let time = 0;
    const read = readableLines('text', () => new Date(time));
    const isShown = (line: string) => read(line) !== undefined;
    expect([rabbitmq, rabbitmq, redis, redis, other, other].map(isShown)).toEqual([
      true,
      false,
      true,
      false,
      true,
      true,
    ]);
    expect(thrown('DependencyAway: redis is away').filter(isShown)).toHaveLength(1);
    expect(thrown('DependencyAway: redis is away').filter(isShown)).toHaveLength(0);
    time += 5_000;
    expect(isShown(rabbitmq)).toBe(true);
  });
});
