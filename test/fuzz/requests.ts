import fc from 'fast-check';
import { tokenFor } from '../tokens.ts';
import { anyValue, BROADCAST, field, hostileText, text } from './values.ts';

/** What may be asked over HTTP: seldom what it should be. The same seed always gives the same requests. */

/** A request, as the gateway hands it to a function. */
export interface FuzzedRequest {
  readonly route: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly isBase64Encoded: boolean;
}

export const ADMIN_KEY = 'the key of the administrator';

const ALL = { subscribe: ['**'], publish: ['**'] };
const past = (): number => Math.floor(Date.now() / 1_000) - 3_600;

interface Tokens {
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const tokens = async (): Promise<Tokens> => {
  const good = await Promise.all([
    tokenFor('alice', { channels: ALL }),
    tokenFor('bob', { channels: { subscribe: ['a:*'], publish: ['a'] } }),
    tokenFor('carol'),
    tokenFor('root', { admin: true, channels: ALL }),
    tokenFor('billing', { backend: true, channels: ALL }),
    tokenFor('shipping', { backend: true, channels: { subscribe: ['a:*'], publish: [] } }),
  ]);
  const bad = await Promise.all([
    tokenFor('alice', { exp: past(), channels: ALL }),
    tokenFor('alice', { channels: ALL }, 'another secret that is long enough'),
    tokenFor('\u0000'),
  ]);
  return { good, bad };
};

const bearer = (some: readonly string[]): fc.Arbitrary<string> =>
  fc.constantFrom(...some.map((token) => `Bearer ${token}`));

const event = fc.record(BROADCAST, { requiredKeys: ['channel', 'data'] });
const events = fc.record({ events: field(fc.array(field(event), { minLength: 1, maxLength: 5 })) });

const cut = fc
  .tuple(events, fc.nat({ max: 200 }), fc.constantFrom('', '"', '}', '\u0000'))
  .map(([value, at, more]) => JSON.stringify(value).slice(0, at) + more);

const body = fc.oneof(
  { weight: 8, arbitrary: events.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: cut },
  { weight: 2, arbitrary: anyValue.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.constantFrom(undefined, '['.repeat(5_000), `{"events":[${'{},'.repeat(200)}{}]}`) },
);

const place = fc.record({ epoch: field(text), offset: field(fc.nat()) });
const since = fc.oneof(fc.constantFrom('now', 'earliest', 0), fc.integer());
const positions = fc.dictionary(text, field(place), { maxKeys: 3, noNullPrototype: true });

/** What is asked of consumers, by the end of the route. */
const CONSUMER_BODIES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  'PUT {name}': fc.record(
    {
      patterns: field(fc.array(text, { minLength: 1, maxLength: 3 })),
      since: field(since),
      positions: field(positions),
    },
    { requiredKeys: ['patterns'] },
  ),
  'PUT positions': fc.record({ since: field(since), positions: field(positions) }, { requiredKeys: ['since'] }),
  'POST pull': fc.record(
    {
      wait: fc.nat(3),
      limit: field(fc.integer({ min: 1, max: 50 })),
      bytes: field(fc.nat()),
      lease: field(fc.constant(1_000)),
    },
    { requiredKeys: ['wait'] },
  ),
  'POST ack': fc.record({ fence: field(fc.oneof(fc.nat(), fc.constant(Date.now() * 1_000))) }),
};

const CONSUMERS = /^(\w+) \/consumers\/.*?([^/]+)$/;

/** The few names of consumers that there are, so that what is asked of one finds it. */
const NAMES = ['a', 'b', 'é', '-x', 'x'.repeat(100)];

/** A body without a time would be waited for as long as a gateway has patience. */
const soon = (content: string | undefined): string => {
  try {
    const value: unknown = JSON.parse(content ?? '{}');
    const isBare = typeof value === 'object' && value !== null && !Array.isArray(value) && !('wait' in value);
    return isBare ? JSON.stringify({ ...value, wait: 0 }) : (content ?? '');
  } catch {
    return content ?? '';
  }
};

/** A header, most often not there. */
const header = (value: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const parameter = fc.oneof(text, fc.integer().map(String));

const ROUTES: Readonly<Record<string, readonly string[]>> = {
  'POST /events': [],
  'GET /session': [],
  'POST /tickets': [],
  'GET /events/{channel}/{epoch}/{offset}': ['channel', 'epoch', 'offset'],
  'DELETE /users/{user}/connections': ['user'],
  'GET /users/{user}/connections': ['user'],
  'GET /parked': [],
  'POST /parked/{id}/requeue': ['id'],
  'DELETE /parked/{id}': ['id'],
  'GET /metrics': [],
  'GET /metrics/past': [],
  'GET /status': [],
  'GET /connections': [],
  'GET /health': [],
  'GET /live': [],
  'GET /consumers': [],
  'GET /consumers/{name}': ['name'],
  'PUT /consumers/{name}': ['name'],
  'DELETE /consumers/{name}': ['name'],
  'PUT /consumers/{name}/positions': ['name'],
  'POST /consumers/{name}/pull': ['name'],
  'POST /consumers/{name}/ack': ['name'],
  'GET /openapi.json': [],
  'PATCH /events': [],
};

const requestOf = (routes: readonly string[], { good, bad }: Tokens): fc.Arbitrary<FuzzedRequest> =>
  fc
    .record({
      // Most of them publish: there is most to be read.
      route: fc.oneof(
        { weight: 2, arbitrary: fc.constant('POST /events') },
        { weight: 3, arbitrary: fc.constantFrom(...routes) },
      ),
      authorization: fc.oneof(
        { weight: 8, arbitrary: bearer(good) },
        { weight: 1, arbitrary: bearer(bad) },
        { weight: 1, arbitrary: header(hostileText) },
      ),
      'x-api-key': header(fc.oneof(fc.constant(ADMIN_KEY), hostileText)),
      'idempotency-key': header(fc.oneof(fc.constantFrom('k', 'x'.repeat(120), 'x'.repeat(121)), hostileText)),
      origin: header(hostileText),
      query: fc.dictionary(fc.constantFrom('limit', 'cursor', 'format', 'private', 'user', 'ticket'), text, {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      parameters: fc.array(parameter, { minLength: 3, maxLength: 3 }),
      body,
      consumer: fc.record(CONSUMER_BODIES),
      name: fc.constantFrom(...NAMES),
      isOfConsumer: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()),
      isBase64Encoded: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.boolean()),
    })
    .map(({ route, query, parameters, body: content, consumer, name, isOfConsumer, isBase64Encoded, ...headers }) => {
      const [, method, end] = CONSUMERS.exec(route) ?? [];
      const asked = consumer[`${method} ${end}`];
      const own = isOfConsumer && asked !== undefined ? JSON.stringify(asked) : content;
      return {
        route,
        query,
        headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
          string,
          string
        >,
        parameters: Object.fromEntries(
          (ROUTES[route] ?? []).map((of, i) => [of, end !== undefined && isOfConsumer ? name : (parameters[i] ?? '')]),
        ),
        body: /^(?:POST|PUT)/.test(route) ? (route.endsWith('/pull') ? soon(own) : own) : undefined,
        // What is decoded otherwise would be waited for.
        isBase64Encoded: isBase64Encoded && !route.endsWith('/pull'),
      };
    });

/**
 * Requests, a thousand at a time.
 *
 * @param routes - those that are asked for.
 */
export async function* requests(
  count: number,
  seed: number,
  routes: readonly string[] = Object.keys(ROUTES),
): AsyncGenerator<FuzzedRequest> {
  const arbitrary = requestOf(routes, await tokens());
  for (let made = 0; made < count; made += 1_000) {
    yield* fc.sample(arbitrary, { seed: seed + made, numRuns: Math.min(1_000, count - made) });
  }
}
