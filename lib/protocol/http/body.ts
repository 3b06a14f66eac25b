import * as v from 'valibot';
import { shapeSchema } from '../codec/check.ts';
import { sentencesOf } from '../codec/sentences.ts';
import { ProtocolError } from '../errors.ts';
import type { Read, Shape } from '../messages/fields.ts';

/** What the body of a request says. @throws ProtocolError INVALID_JSON */
export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError('INVALID_JSON', 'The body is not JSON', { cause });
  }
};

/**
 * What reads the bodies of one operation. A body that is empty says what one does that leaves out all fields.
 *
 * @returns throws ProtocolError INVALID_JSON, INVALID_MESSAGE.
 */
export const bodyReader = <S extends Shape>(shape: S): ((text: string) => Read<S>) => {
  const schema = shapeSchema(shape) as unknown as v.GenericSchema<unknown, Read<S>>;
  return (text) => {
    const read = v.safeParse(schema, text === '' ? {} : jsonOf(text), { abortPipeEarly: true });
    if (read.success) return read.output;
    throw new ProtocolError('INVALID_MESSAGE', sentencesOf(read.issues, 'body'));
  };
};
