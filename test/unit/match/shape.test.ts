import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { parsePattern } from '../../../lib/protocol/pattern.ts';
import { compileShape, shapeOf } from '../../../lib/sync/match/shape.ts';
import { anyChannel, anyShaped, anyWildcard, matches, Outcomes } from './oracle.ts';

describe('the shape of a pattern', () => {
  test.each([
    ['user:*:settings', '_:*:_'],
    ['user:*', '_:*'],
    ['memory:*.important', '_:*._'],
    ['**:important', '**:_'],
    ['memory.**', '_.**'],
    ['*:**:_', '*:**:_'],
    ['**', '**'],
    ['memory:created', undefined],
    ['user:4?:*', undefined],
    ['a*:*', undefined],
    ['**:a:**', undefined],
    ['/a/', undefined],
  ])('%s has %s', (text, shape) => {
    expect(shapeOf(parsePattern(text))).toBe(shape);
  });

  test.each(['', 'user:*', '_:', '_:***', '**:_:**', '_;_'])('%j is none', (text) => {
    expect(() => compileShape(text)).toThrow(RangeError);
  });
});

describe('the candidate for a channel', () => {
  test.each([
    ['_:*:_', 'user:123:settings', 'user:*:settings'],
    ['_:*:_', 'user:123.settings', undefined],
    ['_:*:_', 'user:123', undefined],
    ['**:_', 'a.b:important', '**:important'],
    ['**:_', 'important', undefined],
    ['_.**', 'memory.a:b', 'memory.**'],
    ['_.**', 'memory', undefined],
    ['**', 'anything', '**'],
    ['_:**:_', 'a:b', 'a:**:b'],
    ['_:**:_', 'a:x.y:b', 'a:**:b'],
    ['_:**:_', 'a.b', undefined],
    ['_:**._', 'a:b', undefined],
    ['_:**._', 'a.b', undefined],
    ['_:**._', 'a:x.b', 'a:**.b'],
  ])('%s, for %s, is %s', (shape, channel, candidate) => {
    expect(compileShape(shape).candidate(parseChannel(channel))).toBe(candidate);
  });

  test('is the pattern itself just where it matches', () => {
    const outcomes = new Outcomes();
    fc.assert(
      fc.property(fc.oneof(anyShaped, anyWildcard), anyChannel, (pattern, channel) => {
        const shape = shapeOf(parsePattern(pattern));
        if (shape === undefined) return;
        const candidate = compileShape(shape).candidate(parseChannel(channel));
        expect(candidate === pattern).toBe(outcomes.record(matches(pattern, channel)));
      }),
      { numRuns: 2000 },
    );
    expect(outcomes.rarer).toBeGreaterThan(0.03);
  });

  test('has the shape asked for, and matches', () => {
    fc.assert(
      fc.property(anyShaped, anyChannel, (pattern, channel) => {
        const shape = shapeOf(parsePattern(pattern));
        if (shape === undefined) return;
        const candidate = compileShape(shape).candidate(parseChannel(channel));
        if (candidate === undefined) return;
        expect(shapeOf(parsePattern(candidate))).toBe(shape);
        expect(matches(candidate, channel)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('is none where no pattern of the shape matches', () => {
    // Every literal filled in with every segment of the channel: if one of these matched, it would be the candidate.
    fc.assert(
      fc.property(anyShaped, anyChannel, (pattern, channel) => {
        const shape = shapeOf(parsePattern(pattern));
        if (shape === undefined || compileShape(shape).candidate(parseChannel(channel)) !== undefined) return;
        const segments = [...new Set(channel.split(/[:.]/))];
        let filled = [''];
        for (const token of shape.split('')) {
          filled = filled.flatMap((start) => (token === '_' ? segments : [token]).map((next) => start + next));
        }
        expect(filled.filter((text) => matches(text, channel))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
