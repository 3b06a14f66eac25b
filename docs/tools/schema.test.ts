import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchedFrames, parseFrame } from '../../lib/protocol/codec/decode.ts';
import { ProtocolError } from '../../lib/protocol/errors.ts';
import { recordedFrames } from './frames.ts';
import { closed, messageSchema, type Schema, validator } from './message-schema.ts';

/** What a text is as JSON, if it is. */
const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Takes a frame as the service does. @throws ProtocolError */
const take = (text: string): void => {
  const frame = parseFrame(text);
  const batched = batchedFrames(frame);
  if (batched === undefined) {
    frame.message();
    return;
  }
  // It passes over one of another form here; a client is not to send it.
  if ('requestId' in frame.value && frame.requestId === undefined) {
    throw new ProtocolError('INVALID_MESSAGE', 'the batch has no such requestId');
  }
  for (const { message } of batched) {
    if (message().type !== 'broadcast') throw new ProtocolError('INVALID_MESSAGE', 'a batch holds broadcasts');
  }
};

/** What refuses a frame; undefined where it is taken. */
const refusal = (text: string): string | undefined => {
  try {
    take(text);
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
};

/** What the service asks beyond what a schema says. */
const BEYOND = /printable characters|a short text or a number|an index below total|base64/;

describe('docs/schema/messages.json', () => {
  let fromClients: readonly string[];
  let fromService: readonly string[];

  beforeAll(async () => {
    ({ fromClients, fromService } = await recordedFrames());
  });

  it('is a schema of draft 2020-12', () => {
    const ajv = new Ajv2020();
    expect([ajv.validateSchema(messageSchema), ajv.errors]).toEqual([true, null]);
  });

  it('takes every frame the service sends, and names every field', () => {
    const validate = validator(closed(messageSchema) as Schema, 'service');
    const types = new Set<unknown>();
    const refused = fromService.filter((text) => {
      const value = jsonOf(text) as Schema;
      types.add(value['type']);
      return !validate(value);
    });
    expect(refused.slice(0, 3)).toEqual([]);
    expect(types.size).toBeGreaterThan(12);
  });

  it('takes every frame of a client that the service takes', () => {
    const validate = validator(messageSchema, 'client');
    const taken = fromClients.filter((text) => refusal(text) === undefined);
    expect(taken.length).toBeGreaterThan(1_000);
    expect(taken.filter((text) => !validate(jsonOf(text))).slice(0, 3)).toEqual([]);
  });

  it('refuses every frame of a client that the service does not understand, as far as a schema can', () => {
    const validate = validator(messageSchema, 'client');
    const refused = fromClients.flatMap((text) => {
      const reason = refusal(text);
      return reason === undefined || BEYOND.test(reason) ? [] : [{ text, reason }];
    });
    expect(refused.length).toBeGreaterThan(20);
    expect(refused.filter(({ text }) => validate(jsonOf(text))).slice(0, 3)).toEqual([]);
  });
});
