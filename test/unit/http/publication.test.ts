import { describe, expect, it } from 'vitest';
import { openapiDocument } from '../../../docs/http/openapi.ts';
import { ProtocolError } from '../../../lib/protocol/errors.ts';
import { MAX_EVENTS } from '../../../lib/protocol/http/publication.ts';
import { MAX_IDENTIFIER_LENGTH, MAX_LIST_LENGTH } from '../../../lib/protocol/limits.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { publish } from '../../../lib/sync/publish.ts';
import { faultsOf, type Schema } from '../../json-schema.ts';
import { receivingWorld } from '../sync/worlds.ts';

const document = openapiDocument() as { readonly components: { readonly schemas: Readonly<Record<string, Schema>> } };
const schema = document.components.schemas['publication'] as Schema;

const event = { channel: 'a', data: 1 };
const users = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `user-${n}`);

const TAKEN: readonly unknown[] = [
  { events: [event] },
  { events: Array.from({ length: MAX_EVENTS }, () => event), more: 1 },
  {
    events: [{ ...event, data: null, id: 'x'.repeat(MAX_IDENTIFIER_LENGTH), category: 'c', priority: 'low', more: 1 }],
  },
  {
    events: [
      { ...event, targetUsers: users(1) },
      { ...event, targetUsers: users(MAX_LIST_LENGTH) },
    ],
  },
];

const REFUSED: readonly unknown[] = [
  ...[null, 7, [], {}, { events: {} }, { events: [] }, { events: [event, 7] }, { events: [{ data: 1 }] }],
  { events: Array.from({ length: MAX_EVENTS + 1 }, () => event) },
  { events: [{ channel: 'a' }] },
  { events: [{ channel: 7, data: 1 }] },
  { events: [{ ...event, id: '' }] },
  { events: [{ ...event, id: 'x'.repeat(MAX_IDENTIFIER_LENGTH + 1) }] },
  { events: [{ ...event, priority: 'urgent' }] },
  { events: [{ ...event, category: null }] },
  { events: [{ ...event, targetUsers: [] }] },
  { events: [{ ...event, targetUsers: [7] }] },
  { events: [{ ...event, targetUsers: users(MAX_LIST_LENGTH + 1) }] },
];

/** Whether the service takes a body. */
const isTaken = async (body: unknown): Promise<boolean> => {
  const identity = { user: 'alice', session: openSession(0), admin: false };
  const world = receivingWorld({ onFailure: () => undefined });
  try {
    await publish(world, identity, JSON.stringify(body), undefined);
    return true;
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'INVALID_MESSAGE') return false;
    throw error;
  }
};

const shown = (body: unknown): string => JSON.stringify(body).slice(0, 100);

describe('[H-6] the body of POST /events', () => {
  it.each(TAKEN.map((body) => [shown(body), body]))('is taken, and described: %s', async (_, body) => {
    expect(await isTaken(body)).toBe(true);
    expect(faultsOf(document, schema, body)).toEqual([]);
  });

  it.each(REFUSED.map((body) => [shown(body), body]))('is neither: %s', async (_, body) => {
    expect(await isTaken(body)).toBe(false);
    expect(faultsOf(document, schema, body)).not.toEqual([]);
  });
});
