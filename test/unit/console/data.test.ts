import { describe, expect, it } from 'vitest';
import { typedData, typedList } from '../../../console/src/playground/data.ts';

describe('what is typed as the data of a broadcast', () => {
  it.each([
    ['{"title": "Hello"}', { title: 'Hello' }],
    ['"a text"', 'a text'],
    [' 4 \n', 4],
    ['null', null],
  ])('%s is a value', (text, value) => {
    expect(typedData(text)).toEqual({ value });
  });

  it.each([
    ['a text', /^Not JSON: .+ A text stands in "quotes"\.$/],
    ['{"title": Hello}', /^Not JSON: .*H/],
    ['{"title": "Hello"', /^Not JSON: /],
    ['', /^Nothing is typed. To send nothing, type null.$/],
    [' \n', /^Nothing is typed/],
  ])('%j is none, and it is said why', (text, problem) => {
    expect(typedData(text)).toEqual({ problem: expect.stringMatching(problem) });
  });
});

describe('a list that is typed', () => {
  it('is separated by commas, with spaces or without', () => {
    expect(typedList('alice, bob,carol, ')).toEqual(['alice', 'bob', 'carol']);
  });
});
