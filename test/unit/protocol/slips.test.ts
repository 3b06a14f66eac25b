import { describe, expect, it } from 'vitest';
import { refuseSlips } from '../../../lib/protocol/codec/slips.ts';

const KNOWN = new Set(['type', 'channel', 'data', 'id', 'category', 'priority', 'targetUsers']);

describe('[B-12] a field that a broadcast does not have', () => {
  it.each([
    ['targetUser', 'targetUsers'],
    ['targetusers', 'targetUsers'],
    ['target_users', 'targetUsers'],
    ['tragetUsers', 'targetUsers'],
    ['targetUserIds', 'targetUsers'],
    ['targets', 'targetUsers'],
    ['target', 'targetUsers'],
    ['Target-Audience', 'targetUsers'],
    ['priorty', 'priority'],
    ['Priority', 'priority'],
    ['catgory', 'category'],
    ['ID', 'id'],
  ])('is refused as a slip where it is %s', (name, meant) => {
    expect(() => refuseSlips(['type', 'channel', 'data', name], KNOWN, 'events.0.')).toThrow(
      `events.0.${name}: there is no such field; is ${meant} meant?`,
    );
  });

  it.each([
    'date',
    'uid',
    'kid',
    'prio',
    'tag',
    'x-priority-of-us',
    'user',
    'category_of_the_shop',
    'dataset',
    'traceId',
  ])('is passed over where it is %s', (name) => {
    expect(() => refuseSlips(['type', 'channel', 'data', name], KNOWN)).not.toThrow();
  });

  it('is passed over where the field that it is like is there', () => {
    expect(() => refuseSlips(['targetUsers', 'targetUser', 'target', 'id', 'ID'], KNOWN)).not.toThrow();
  });

  it('is not looked at among hundreds, or where it is long', () => {
    const many = Array.from({ length: 500 }, (_, n) => `further${n}`);
    expect(() => refuseSlips([...many, 'targetUser'], KNOWN)).not.toThrow();
    expect(() => refuseSlips(['target'.repeat(100_000)], KNOWN)).not.toThrow();
  });
});
