import type { Check } from '../check.ts';
import { Fault, noted, skipped } from '../finding.ts';
import type { Message } from '../line.ts';

const PINGS = 5;
const EVENTS = 10;

const WAITING =
  'acknowledged events wait in the broker: are the mappings enabled? do they reach the broker, with its secret? does `fanout` reach Redis and post (its log)?';

/** What a client says. */
export const asking: readonly Check[] = [
  {
    name: 'answers',
    needs: ['handshake'],
    advice:
      'answers come by the routes’ responses: has each route of the API one, and its integration? the log of `message` shows whether it was called',
    look: async (visit) => {
      for (let n = 0; n < PINGS; n++) {
        await visit.compare('the functions', () => visit.line.request({ type: 'ping' }));
      }
      const requestId = visit.line.send({ type: 'no-such-type' });
      const answer = await visit.line.find(
        (each) => each['requestId'] === requestId,
        'no answer to a bad request came',
      );
      if (answer.type !== 'error') throw new Fault(`a request of no known type was answered by \`${answer.type}\``);
      return 'requests are answered, and bad ones refused';
    },
  },
  {
    name: 'subscribe',
    needs: ['answers'],
    advice: 'do the functions reach Redis? `GET /health` and the log of `message` say',
    look: async (visit) => {
      const request = { type: 'subscribe', patterns: [`${visit.prefix}:**`] };
      await visit.compare('Redis', () => visit.line.request(request));
      await visit.plain.request(request);
      return 'a pattern is subscribed to';
    },
  },
  {
    name: 'broadcast',
    needs: ['subscribe'],
    advice: 'do the functions reach the broker, with its secret? `GET /health` and the log of `message` say',
    look: async (visit) => {
      await visit.broadcast('first', { n: 1 });
      return 'an event is acknowledged';
    },
  },
];

/** What a client hears, and how. */
export const hearing: readonly Check[] = [
  {
    name: 'hear',
    needs: ['broadcast'],
    advice: WAITING,
    look: async (visit) => {
      const data = { text: 'ä€😀', number: 1.5, none: null };
      const event = await visit.exchange('hear', data);
      const { id } = event;
      if (JSON.stringify(event['data']) !== JSON.stringify(data)) throw new Fault('an event was heard with other data');
      await visit.plain.event(id);
      await visit.broadcast('hear', data, { id });
      await visit.exchange('hear', 'behind it');
      const times = visit.line.heard.filter((each) => each.type === 'event' && each['id'] === id).length;
      if (times !== 1) throw new Fault(`an event that was published twice with one id was heard ${times} times`);
      return 'an event is heard, whole and once';
    },
  },
  {
    name: 'order',
    needs: ['hear'],
    advice:
      'does each shard have one mapping, and nothing else that consumes it? see docs/adr/0035-single-active-consumer.md',
    look: async (visit) => {
      const channel = `${visit.prefix}:order`;
      const ids: string[] = [];
      for (let n = 0; n < EVENTS; n++) ids.push(await visit.broadcast('order', n));
      for (const id of ids) await visit.line.event(id);
      const heard = visit.line.heard.filter((each) => each.type === 'event' && each['channel'] === channel);
      const offsets = heard.map(({ offset }) => offset);
      if (heard.some(({ id }, n) => id !== ids[n]) || offsets.some((offset, n) => offset !== n + 1)) {
        throw new Fault(`events of a channel were heard in the order ${offsets.join(', ')}`);
      }
      return 'the events of a channel are heard in their order';
    },
  },
  {
    name: 'replay',
    needs: ['hear'],
    advice: 'the log of `replay` says why; is its route there?',
    look: async (visit) => {
      const features = (visit.greeting?.['server'] as { features?: Record<string, boolean> } | undefined)?.features;
      if (features?.['replay'] === false) return noted('switched off in this stage (EVENT_REPLAY_ENABLED)');
      const channel = `${visit.prefix}:order`;
      const answer = await visit.line.request({ type: 'replay', since: 0, channels: [channel] });
      const parts = visit.line.heard.filter((each) => each['requestId'] === answer['requestId']);
      const events = parts.flatMap((part) => part['events'] as readonly Message[]);
      if (events.length !== EVENTS) throw new Fault(`a replay holds ${events.length} of ${EVENTS} events`);
      return 'past events are replayed';
    },
  },
  {
    name: 'private',
    needs: ['greeting', 'hear'],
    advice: 'the log of `fanout` says what became of the event',
    look: async (visit) => {
      const theirs = await visit.broadcast('private', 'theirs', { targetUsers: [`${visit.prefix}:nobody`] });
      const mine = await visit.exchange('private', 'mine', { targetUsers: [visit.greeting?.['userId']] });
      if (mine['private'] !== true) throw new Fault('a private event is not marked as such');
      await visit.plain.event(mine['id']);
      const { id } = await visit.exchange('private', 'of all');
      await visit.plain.event(id);
      const leaked = [visit.line, visit.plain].some(({ heard }) =>
        heard.some((each) => each.type === 'event' && each['id'] === theirs),
      );
      if (leaked) throw new Fault('a private event of another user was heard');
      return 'heard by its user alone';
    },
  },
  {
    name: 'over http',
    needs: ['http', 'hear'],
    advice: 'the log of `api` says why',
    look: async (visit) => {
      if (visit.endpoints === undefined) return skipped('give the address of the HTTP endpoints: --http');
      const events = [{ channel: `${visit.prefix}:http`, data: 'over HTTP' }];
      const { status, body } = await visit.endpoints.ask('/events', { method: 'POST', body: { events } });
      const [id] = (body as { ids?: string[] } | undefined)?.ids ?? [];
      if (status >= 300 || id === undefined)
        throw new Fault(`POST /events is answered with ${status} ${JSON.stringify(body)}`);
      await visit.line.event(id);
      return 'what is published over HTTP is heard';
    },
  },
];

/** How a visit ends. */
export const farewell: readonly Check[] = [
  {
    name: 'unsubscribe',
    needs: ['hear'],
    advice: 'the log of `message` says why',
    look: async (visit) => {
      await visit.plain.request({ type: 'unsubscribe', patterns: [`${visit.prefix}:**`] });
      const { id } = await visit.exchange('last', null);
      if (visit.plain.heard.some((each) => each['id'] === id))
        throw new Fault('an event was heard without a subscription');
      return 'what is unsubscribed from is not heard';
    },
  },
];
