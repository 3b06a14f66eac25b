import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { refusalOfToken } from '../../test/guides/token-payload.ts';
import { closed, messageSchema, type Schema, validator } from './message-schema.ts';

const OPENAPI = path.join(import.meta.dirname, '../../functions/openapi/openapi.json');
/** What stands for the other fields of an event. */
const AND_SO_ON = '…';
const EVENT: Schema = {
  ...{ type: 'event', id: 'x', channel: 'x', category: 'x', priority: 'normal', timestamp: 0, offset: 1, epoch: 'x' },
  data: null,
};

/** @returns the JSON texts that stand behind each other, each read. @throws SyntaxError */
const valuesIn = (text: string): readonly Schema[] => {
  const values: Schema[] = [];
  let begun = '';
  for (const line of text.split('\n')) {
    begun += `${line}\n`;
    try {
      values.push(JSON.parse(begun));
      begun = '';
    } catch {
      // It goes on in the next line.
    }
  }
  if (begun.trim() !== '') JSON.parse(begun);
  return values;
};

/** The value with whole events, where a document leaves out their fields. */
const completed = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(completed);
  const { [AND_SO_ON]: left, ...rest } = value as Schema;
  const inner = Object.fromEntries(Object.entries(rest).map(([name, of]) => [name, completed(of)]));
  return left === undefined ? inner : { ...EVENT, ...inner };
};

const ajv = new Ajv2020({ strict: false });
const isSession = ajv.compile(
  closed(JSON.parse(readFileSync(OPENAPI, 'utf8')).components.schemas.sessionLook) as Schema,
);
const isMessage = ['client', 'service'].map((sender) => validator(closed(messageSchema) as Schema, sender));

const refusalOf = async (value: Schema): Promise<string | undefined> => {
  if ('type' in value) {
    const whole = completed(value);
    return isMessage.some((validate) => validate(whole)) ? undefined : 'no message of the protocol';
  }
  if ('sub' in value) return refusalOfToken(value);
  if ('service' in value) return isSession(value) ? undefined : ajv.errorsText(isSession.errors);
  return 'neither a message, nor the payload of a token, nor what GET /session answers';
};

/**
 * Reads a block of JSON: messages, payloads of tokens, or what `GET /session` answers, one behind the other.
 *
 * @returns what is wrong with it.
 */
export const faultsOfJson = async (text: string): Promise<readonly string[]> => {
  let values: readonly Schema[];
  try {
    values = valuesIn(text);
  } catch (error) {
    return [(error as Error).message];
  }
  const refusals = await Promise.all(values.map(refusalOf));
  return refusals.flatMap((refusal, index) =>
    refusal === undefined ? [] : [`${refusal}: ${JSON.stringify(values[index])}`],
  );
};
