import { afterEach, expect, it, vi } from 'vitest';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import { logFailure, logger } from '../../../lib/telemetry/logger.ts';
import { readableLine } from '../../../localstack/emulator-output.ts';

afterEach(() => vi.restoreAllMocks());

/** What people read of a failure. */
const readOf = (error: Error): string => {
  const lines: string[] = [];
  for (const level of ['warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line));
    vi.spyOn(logger['console'] as Console, level).mockImplementation((line: string) => void lines.push(line));
  }
  logFailure('A connection was refused')(error);
  return lines.map((line) => readableLine(line, 'text')).join('\n');
};

it('is one readable line where a part is away', () => {
  const read = readOf(new DependencyAway('rabbitmq', new Error('Socket closed')));
  expect(read).toMatch(/^\S+ WARN {2}A connection was refused .*DependencyAway: rabbitmq is away/);
  expect(read.split('\n')).toHaveLength(1);
});

it('is all that is known of any other', () => {
  expect(readOf(new TypeError('x'))).toMatch(/^\S+ ERROR A connection was refused \(TypeError: x\)\n +at /);
});
