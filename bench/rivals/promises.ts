/** What a service promises, in words that stand beside its figures. */
export interface Promises {
  /** How it runs here. */
  readonly setUp: string;
  /** When a publisher is told that an event is safe. */
  readonly acknowledged: string;
  readonly kept: string;
  readonly order: string;
  /** What a client gets that was away. */
  readonly away: string;
}

/** By the name in measures. */
export const PROMISES: Readonly<Record<string, Promises>> = {
  ours: {
    setUp: 'emulator of API Gateway and Lambda, Redis, RabbitMQ',
    acknowledged: 'once a quorum queue has it',
    kept: 'seven days',
    order: 'of each channel',
    away: 'all of it once, or the gap is declared',
  },
  socketio: {
    setUp: 'two servers, adapter for Redis streams, recovery of connections',
    acknowledged: 'once the stream has it',
    kept: 'the last 10,000',
    order: 'of each server',
    away: 'what the stream still has, for two minutes',
  },
  nats: {
    setUp: 'one node, JetStream in files, an ordered consumer each',
    acknowledged: 'once the stream has it; its file is synced every two minutes',
    kept: 'as the stream is limited; here without end',
    order: 'of the stream',
    away: 'all from its sequence on',
  },
  mosquitto: {
    setUp: 'one node, QoS 1, sessions that stay, no limit to what is queued',
    acknowledged: 'once it is in memory, which is saved every half hour',
    kept: 'until each session has it',
    order: 'of each publisher',
    away: 'what its session queued; some may come twice',
  },
  centrifugo: {
    setUp: 'two nodes, Redis, history of 10,000, recovery forced',
    acknowledged: 'once a stream of Redis has it',
    kept: 'the last 10,000 of five minutes',
    order: 'of each channel',
    away: 'all that is kept, or is told that it does not get all',
  },
  textbook: {
    setUp:
      '[a handler](../bench/textbook/handlers.ts) that posts to each member with the AWS SDK, on the same emulator',
    acknowledged: 'once the gateway took every post',
    kept: 'nothing',
    order: 'none',
    away: 'nothing',
  },
};
