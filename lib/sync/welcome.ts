import type { Clock } from '../ports/clock.ts';
import type { Greeted } from '../ports/connection.ts';
import { type Gateway, patienceOf } from '../ports/gateway.ts';
import type { RateLimits } from '../ports/rate-limiter.ts';
import { NO_CAPABILITIES } from '../protocol/capabilities.ts';
import type { Encoder } from '../protocol/codec/encoder.ts';
import { MAX_BATCH_LENGTH, PROTOCOL_VERSION } from '../protocol/limits.ts';
import type { ConnectionMessage } from '../protocol/messages/connection.ts';
import { concurrently } from './concurrently.ts';

const WIDTH = 64;

/** Milliseconds a new connection is given to become one that can be posted to. */
const PATIENCE = 3_000;

const FIRST_PAUSE = 10;
const MOST_PAUSE = 250;

interface AnnouncedLimits {
  readonly messageSize: number;
  readonly heartbeatInterval: number;
  readonly subscriptions: number;
}

interface World {
  readonly gateway: Gateway;
  readonly encoder: Encoder;
  readonly clock: Clock;
  readonly limits: AnnouncedLimits;
  readonly replay: { readonly enabled: boolean; readonly maxEvents: number };
  readonly compression: { readonly enabled: boolean };
  readonly rateLimits: Pick<RateLimits, 'enabled' | 'points' | 'backEnd' | 'duration'>;
}

const rateOf = ({ points, backEnd, duration }: World['rateLimits']): ConnectionMessage['limits']['rate'] => ({
  duration,
  connection: points.connection,
  user: points.user,
  backend: backEnd,
  global: points.global,
});

const connectionMessage = (
  connection: Greeted,
  timestamp: number,
  { limits, replay, compression, rateLimits }: Omit<World, 'gateway' | 'encoder' | 'clock'>,
): ConnectionMessage => ({
  type: 'connection',
  protocol: PROTOCOL_VERSION,
  connectionId: connection.id,
  userId: connection.user,
  timestamp,
  expires: connection.expires,
  server: {
    features: {
      batch: true,
      compression: compression.enabled,
      patterns: true,
      replay: replay.enabled,
      history: replay.enabled,
      rateLimit: rateLimits.enabled,
      messageQueue: true,
      sequences: true,
    },
  },
  limits: {
    messageSize: limits.messageSize,
    heartbeatInterval: limits.heartbeatInterval,
    subscriptions: limits.subscriptions,
    batch: MAX_BATCH_LENGTH,
    replay: replay.maxEvents,
    ...(rateLimits.enabled ? { rate: rateOf(rateLimits) } : {}),
  },
});

/**
 * Sends the `connection` message to each connection, once it can be posted to. The gateway answers that a connection is
 * gone for as long as its handshake is under way, so `gone` is no reason here to remove it.
 */
export const welcome = async (world: World, connections: readonly Greeted[]): Promise<void> => {
  const { gateway, encoder, clock } = world;
  await concurrently(connections, WIDTH, async (connection) => {
    // It is far smaller than a frame.
    const [text] = encoder.frames(connectionMessage(connection, clock.now(), world), NO_CAPABILITIES);
    const frame = new TextEncoder().encode(text);
    const patience = patienceOf(PATIENCE);
    const giveUp = clock.elapsed() + PATIENCE;
    for (let pause = FIRST_PAUSE; clock.elapsed() < giveUp; pause = Math.min(2 * pause, MOST_PAUSE)) {
      if ((await gateway.post(connection, frame, patience)) !== 'gone') return;
      await clock.sleep(pause);
    }
  });
};
