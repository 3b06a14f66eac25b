import fc from 'fast-check';
import { expect, it } from 'vitest';
import { elementsOf, memberOf, nestsDeeper, type Span } from '../../../lib/protocol/codec/member-text.ts';

const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/);

/** Texts of numbers that nobody would write again as they are. */
const numbers = fc.constantFrom(
  '0',
  '-0',
  '1.0',
  '1e400',
  '1E+2',
  '9007199254740993',
  '0.1000000000000000055',
  '-1e-7',
);

const strings = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
  fc.constantFrom('"\\u0061"', '"\\\\"', '"\\""', '"\\\\\\""', '"]}"', '"\\/"', '"a\\\\\\\\"', '"\\ud800"'),
);

/** How the names looked for may be written, and others like them. */
const names = fc.constantFrom(
  '"data"',
  '"d\\u0061ta"',
  '"\\u0064ata"',
  '"dat\\\\"',
  '"messages"',
  '"x"',
  '"__proto__"',
  '"\\"data"',
);

const spaced = <T>(arbitrary: fc.Arbitrary<T>) => fc.tuple(space, arbitrary, space);

const listText = (items: readonly (readonly string[])[]): string => `[${items.map((item) => item.join('')).join()}]`;

const objectText = (members: readonly (readonly (readonly string[])[])[]): string =>
  `{${members.map((member) => member.map((part) => part.join('')).join(':')).join()}}`;

const spacedName = spaced(fc.oneof(names, strings));

/** JSON as anyone may write it: any white space, names that come twice, every escape. */
const { value } = fc.letrec<Record<'value', string>>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(numbers, strings, fc.constantFrom('true', 'false', 'null', '[]', '{}', '[ ]')),
    fc.array(spaced(tie('value')), { minLength: 1, maxLength: 4 }).map(listText),
    fc.array(fc.tuple(spacedName, spaced(tie('value'))), { minLength: 1, maxLength: 4 }).map(objectText),
  ),
}));

const textsOf = (text: string, spans: readonly Span[]): readonly string[] =>
  spans.map(({ start, end }) => text.slice(start, end));

it('[E-8] the text of a member is found as it was written, the last of its name', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(spacedName, spaced(value)), { maxLength: 6 }), space, (members, before) => {
      const text = `${before}${objectText(members)}`;
      for (const name of ['data', 'messages', 'x']) {
        const last = members.findLast(([[, written]]) => JSON.parse(written) === name);
        const span = memberOf(text, 0, name);
        expect(span && textsOf(text, [span])).toEqual(last && [last[1][1]]);
        if (span !== undefined) found++;
      }
    }),
    { numRuns: 3_000 },
  );
  expect(found).toBeGreaterThan(500);
});

it('[E-8] the texts of a list are found as they were written', () => {
  fc.assert(
    fc.property(fc.array(spaced(value), { maxLength: 6 }), (items) => {
      const text = listText(items);
      expect(textsOf(text, elementsOf(text, 0))).toEqual(items.map(([, item]) => item));
    }),
    { numRuns: 1_000 },
  );
});

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

it('[B-9] how deep brackets stand in brackets is found, in whatever texts they stand too', () => {
  fc.assert(
    fc.property(value, fc.integer({ min: 0, max: 5 }), (text, most) => {
      // Of names that come twice the first may nest deeper, so this is what there is at the least.
      if (depthOf(JSON.parse(text)) > most) expect(nestsDeeper(text, most)).toBe(true);
      expect(nestsDeeper(text, 100)).toBe(false);
    }),
  );
  expect(nestsDeeper('[[[[]]]]', 4)).toBe(false);
  expect(nestsDeeper('[[[[]]]]', 3)).toBe(true);
  expect(nestsDeeper('["[[[[[[[[", [], {}, [], {}]', 2)).toBe(false);
});

/** A text that counts how many of its characters are looked at. */
const watched = (content: string) => {
  let looked = 0;
  const text = Object.assign(Object(content) as string, {
    charCodeAt(at: number) {
      looked++;
      return String.prototype.charCodeAt.call(this, at);
    },
    indexOf(sought: string, from = 0) {
      const found = String.prototype.indexOf.call(this, sought, from);
      looked += (found === -1 ? content.length : found + 1) - from;
      return found;
    },
  });
  return { text, looked: () => looked };
};

it('[E-8] each character is looked at a few times at most, whatever stands there', () => {
  const size = 2 ** 16;
  for (const data of [
    '['.repeat(size / 2) + ']'.repeat(size / 2),
    `"${'\\\\'.repeat(size / 2)}"`,
    `"${'\\"'.repeat(size / 2)}"`,
    `[${Array(size / 4)
      .fill('"a"')
      .join()}]`,
    ' '.repeat(size).concat('1'),
  ]) {
    const { text, looked } = watched(`{"x":${data},"data":${data}}`);
    const span = memberOf(text, 0, 'data') as Span;
    expect(span.end - span.start).toBe(data.trimStart().length);
    expect(looked()).toBeLessThan(4 * text.length);
  }
});

it('[E-8] each character is looked at a few times at most, however many names there are', () => {
  const { text, looked } = watched(`{${'"channel":1,'.repeat(5_000)}"data":1}`);
  expect(memberOf(text, 0, 'data')).toBeDefined();
  expect(looked()).toBeLessThan(4 * text.length);
});

it('[E-8] what is no object has no members', () => {
  for (const text of ['[]', ' ["data","data"]', '"data"', '1', 'null'])
    expect(memberOf(text, 0, 'data')).toBeUndefined();
});
