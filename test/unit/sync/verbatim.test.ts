import { deflateSync, inflateSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Gateway } from '../../../lib/ports/gateway.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { incomingOf } from '../../../lib/rabbitmq/incoming.ts';
import { Audience } from '../../../lib/sync/audience.ts';
import { fanOut } from '../../../lib/sync/fan-out.ts';
import { publish } from '../../../lib/sync/publish.ts';
import { answered, chunked } from '../../frames.ts';
import { connection } from './world.ts';
import { incoming, type ReceivingWorld, receivingWorld, turnsOn } from './worlds.ts';

/** Texts that are others once they were parsed and written again. */
const TEXTS = [
  '12345678901234567890',
  '0.1000000000000000055511151231257827',
  '1e400',
  '1E+2',
  '-0',
  '{"n": 9007199254740993, "a":1,"a" : 2}',
  '[1.0,\n\t1e20 ]',
  String.raw`"\u0061\/\ud800\\"`,
  '{"data":"{\\"data\\":1}","__proto__":{"priority":"high"}}',
];

const CAPABILITIES = 'batch,chunk,compression';

let world: ReceivingWorld;

beforeEach(() => {
  world = receivingWorld({ compression: { enabled: true, threshold: 1_024 } });
});

const alice = { ...connection('A', 'alice'), capabilities: parseCapabilities(CAPABILITIES) };

const frameOf = (data: string, i: number): string =>
  ` { "data" : "not this" , "type":"broadcast", "d\\u0061ta" :${data} , "channel":"a","id":"${i}"}`;

const batchOf = (texts: readonly string[]): string =>
  `{"messages": [ ${texts.map(frameOf).join(' , ')} ] , "type":"batch"}`;

const say = async (frame: string): Promise<void> => {
  for (const answer of await answered(world, alice, frame)) expect(answer).not.toContain('"error"');
};

const packed = (text: string): string =>
  JSON.stringify({ type: 'compressed', encoding: 'deflate', data: deflateSync(text).toString('base64') });

const unpacked = (frame: string): string => {
  const { type, data } = JSON.parse(frame) as { type: string; data: string };
  return type === 'compressed' ? inflateSync(Buffer.from(data, 'base64')).toString() : frame;
};

const overAmqp = (data: string): string => {
  const message = { queue: 'events.0', messageId: 'x', headers: { channel: 'a' }, redelivered: false };
  const arrived = incomingOf({ ...message, body: Buffer.from(data) }, 2 ** 20);
  return 'broadcast' in arrived ? arrived.broadcast.data : arrived.poison.reason;
};

describe('what is published', () => {
  it.each<[string, (texts: readonly string[]) => Promise<void>]>([
    [
      'in frames',
      async (texts) => {
        for (const [i, text] of texts.entries()) await say(frameOf(text, i));
      },
    ],
    ['in a batch', (texts) => say(batchOf(texts))],
    [
      'in chunks',
      async (texts) => {
        for (const frame of chunked(batchOf([...texts, JSON.stringify('x'.repeat(50_000))]), 'k')) await say(frame);
      },
    ],
    ['compressed', (texts) => say(packed(batchOf(texts)))],
    [
      'over HTTP',
      async (texts) => {
        const identity = { user: 'alice', session: openSession(0), admin: false };
        const body = `{"events":[${texts.map(frameOf).join()}]}`.replaceAll('"type":"broadcast", ', '');
        await publish(world, identity, body, undefined);
      },
    ],
  ])('[E-8] %s goes on its way as it was written', async (_, send) => {
    await send(TEXTS);
    expect(world.bus.published.slice(0, TEXTS.length).map(({ data }) => data)).toEqual(TEXTS);
  });

  it('[E-8] is taken from the queue as it was written', () => {
    expect(TEXTS.map(overAmqp)).toEqual(TEXTS);
  });

  it.each(['', 'batch', 'compression'])('[E-8] is heard as it was written, by who takes "%s"', async (capabilities) => {
    await say(batchOf(TEXTS));
    const bob = { ...connection('B', 'bob'), capabilities: parseCapabilities(capabilities) };
    await answered(world, bob, '{"type":"subscribe","channels":["a"]}');
    const frames: string[] = [];
    const gateway: Gateway = {
      post: async (_, frame) => {
        frames.push(new TextDecoder().decode(frame));
        return 'taken';
      },
      find: async () => 'open',
      close: async () => undefined,
    };
    const audience = new Audience(world.subscriptions, 10, () => undefined);
    await fanOut(
      { ...world, gateway, audience, turns: turnsOn(world.store, world.clock), parking: world.bus },
      incoming(...world.bus.published),
      Number.POSITIVE_INFINITY,
    );
    const heard = frames.map(unpacked).join();
    for (const text of TEXTS) expect(heard).toContain(`"data":${text}}`);
    const replay = unpacked((await answered(world, bob, '{"type":"replay","since":0}')).join());
    for (const text of TEXTS) expect(replay).toContain(`"data":${text}}`);
  });
});

it('[F-2] a number that would come back as another is refused for a requestId, and any other comes back', async () => {
  const ask = async (requestId: string) => {
    const [text = ''] = await answered(world, alice, `{"type":"ping","requestId":${requestId}}`);
    return JSON.parse(text) as { type: string; requestId?: number; error?: { code: string } };
  };
  for (const requestId of ['12345678901234567890', '9007199254740993', '-9007199254740992', '1e20', '1e400']) {
    expect(await ask(requestId)).toMatchObject({ type: 'error', error: { code: 'INVALID_MESSAGE' } });
  }
  for (const requestId of ['0', '-7', '1.5', '9007199254740991', '-9007199254740991', '0.1']) {
    expect(await ask(requestId)).toMatchObject({ type: 'pong', requestId: Number(requestId) });
  }
});
