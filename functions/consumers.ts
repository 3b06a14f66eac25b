import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { composeAuthenticator } from '../lib/composition/access.ts';
import { composeBell } from '../lib/composition/bell.ts';
import { composeHistory } from '../lib/composition/history.ts';
import { composeLimiter } from '../lib/composition/limiter.ts';
import { composeRedis } from '../lib/composition/redis.ts';
import { mostBytes } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import type { Identity } from '../lib/ports/identity.ts';
import { eventText } from '../lib/protocol/codec/encode-event.ts';
import { consumerNameOf } from '../lib/protocol/http/asked.ts';
import { bodyReader } from '../lib/protocol/http/body.ts';
import { acknowledged, consumerAsked, consumerPlaced, pullAsked } from '../lib/protocol/http/consumers.ts';
import { HTTP_ERRORS } from '../lib/protocol/http/refusal.ts';
import { systemClock } from '../lib/sync/clock.ts';
import {
  acknowledge,
  listConsumers,
  placeConsumer,
  putConsumer,
  removeConsumer,
  showConsumer,
} from '../lib/sync/consume/consumers.ts';
import { type Pulled, pull } from '../lib/sync/consume/pull.ts';
import { ConsumerRefused } from '../lib/sync/consume/refusal.ts';
import { ReadsInTurn } from '../lib/sync/reads-in-turn.ts';
import { forBackEnds } from './access.ts';
import { bodyOf } from './body.ts';
import { answer, httpFunction, json, type Route, refusing, routed } from './http.ts';
import { measured, traced } from './middleware.ts';

type Answer = APIGatewayProxyStructuredResultV2;

const most = config(mostBytes);
const redis = composeRedis();
const authenticator = composeAuthenticator(redis.directory);
const world = {
  consumers: redis.consumers,
  history: composeHistory(redis),
  bell: composeBell(redis),
  limiter: composeLimiter(redis),
  reads: new ReadsInTurn(),
  clock: systemClock,
  meter: redis.meter,
};

const asked = bodyReader(consumerAsked);
const placed = bodyReader(consumerPlaced);
const toPull = bodyReader(pullAsked);
const toAcknowledge = bodyReader(acknowledged);

/** A route of whoever may have consumers. */
const route = (of: (identity: Identity, event: APIGatewayProxyEventV2) => Promise<Answer>): Route =>
  forBackEnds(authenticator, async (event, identity) => {
    try {
      return await of(identity, event);
    } catch (error) {
      if (!(error instanceof ConsumerRefused)) throw error;
      const { code, message, retryAfter } = error;
      return refusing(HTTP_ERRORS[code].status, { code, message, retryAfter });
    }
  });

/** The same of one of them. */
const named = (of: (identity: Identity, name: string, body: string) => Promise<Answer>): Route =>
  route((identity, event) => of(identity, consumerNameOf(event.pathParameters?.['name']), bodyOf(event, most)));

/** The data of events is spliced in as it is kept. */
const pulledText = ({ fence, events, gaps }: Pulled): string =>
  `{"fence":${JSON.stringify(fence)},"events":[${events.map(eventText).join(',')}],"gaps":${JSON.stringify(gaps)}}`;

const show = async (identity: Identity, name: string): Promise<Answer> =>
  json(200, await showConsumer(world, identity, name, most));

const ROUTES = {
  'GET /consumers': route(async (identity) => json(200, await listConsumers(world, identity))),
  'GET /consumers/{name}': named(show),
  'PUT /consumers/{name}': named(async (identity, name, body) => {
    await putConsumer(world, identity, name, asked(body));
    return show(identity, name);
  }),
  'DELETE /consumers/{name}': named(async (identity, name) => {
    await removeConsumer(world, identity, name);
    return { statusCode: 204 };
  }),
  'PUT /consumers/{name}/positions': named(async (identity, name, body) => {
    await placeConsumer(world, identity, name, placed(body));
    return show(identity, name);
  }),
  'POST /consumers/{name}/pull': named(async (identity, name, body) =>
    answer(200, 'application/json', pulledText(await pull(world, identity, name, toPull(body)))),
  ),
  'POST /consumers/{name}/ack': named(async (identity, name, body) => {
    const { fence } = toAcknowledge(body);
    await acknowledge(world, identity, name, fence);
    return json(200, { fence });
  }),
};

/** Back-ends follow channels by name, and remember here how far they came. */
export const handler = httpFunction()
  .use(traced())
  .use(measured('consumers', redis))
  .handler((event) => routed(ROUTES, event));
