type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What YAML reads as nothing but a text, where it stands by itself. */
const PLAIN = /^[A-Za-z$/](?:[\w $/.,()’+-]*[\w).’}$/+]|[\w$/.{}-]*)$/;
/** What it reads as something else, in some version of it. */
const RESERVED = /^(true|false|yes|no|on|off|y|n|null)$/i;

// A text of JSON is one of YAML, with the same escapes.
const scalar = (value: string | number | boolean | null): string =>
  typeof value === 'string' && PLAIN.test(value) && !RESERVED.test(value) ? value : JSON.stringify(value);

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

const lines = (value: Json, indent: string): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [scalar(value)];
  if (isEmpty(value)) return [Array.isArray(value) ? '[]' : '{}'];
  if (Array.isArray(value)) {
    return value.flatMap((each: Json) => {
      const [first, ...more] = lines(each, `${indent}  `);
      return [`${indent}- ${first?.trimStart()}`, ...more];
    });
  }
  return Object.entries(value).flatMap(([name, each]) => {
    const key = `${indent}${scalar(name)}:`;
    const isNested = typeof each === 'object' && each !== null && !isEmpty(each);
    return isNested ? [key, ...lines(each, `${indent}  `)] : [`${key} ${lines(each, '')[0]}`];
  });
};

/** @returns a value of JSON as a document of YAML 1.2, an entry a line */
export const yaml = (value: unknown): string => `${lines(value as Json, '').join('\n')}\n`;
