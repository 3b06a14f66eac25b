import { expect, it } from 'vitest';
import { TEMPORARY } from '../../../client/src/errors.ts';
import { RequestError } from '../../../client/src/index.ts';
import { ERRORS, type ErrorCode } from '../../../lib/protocol/errors.ts';

it('the library knows which errors are for the time being, and takes the word of a newer service for others', () => {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  expect([...TEMPORARY].sort()).toEqual(codes.filter((code) => ERRORS[code].temporary).sort());
  for (const code of codes) expect(new RequestError(code, '').temporary).toBe(ERRORS[code].temporary);
  expect(new RequestError('NEW', '', 100).temporary).toBe(true);
  for (const code of ['NEW', 'constructor']) expect(new RequestError(code, '').temporary).toBe(false);
});
