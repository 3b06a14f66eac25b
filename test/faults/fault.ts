import type { OwnRabbitMq } from '../../localstack/servers/rabbitmq.ts';
import type { OwnServer } from '../../localstack/servers/server.ts';
import type { RunningEmulator } from '../e2e/emulator.ts';
import type { BackEnds, WayOut } from './back-ends.ts';
import type { Promises } from './checker.ts';
import type { FanOut } from './fan-out.ts';
import type { Load } from './load.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** One of three nodes. */
export interface BrokerNode extends OwnRabbitMq {
  readonly name: string;
}

/** A RabbitMQ cluster. */
export interface BrokerCluster {
  readonly nodes: readonly BrokerNode[];
  /** The node that leads a queue now. */
  leaderOf(queue: string): Promise<BrokerNode>;
  stop(): Promise<void>;
}

/**
 * What stands behind the service: one Redis and one RabbitMQ; the same with back-ends that hear; the same with a Redis
 * whose clock can be set; a Redis Cluster of three masters; or a RabbitMQ cluster of three nodes.
 */
export type StackKind = 'single nodes' | 'way out' | 'clock of redis' | 'redis cluster' | 'rabbitmq cluster';

/** The whole service with servers of its own, and a proxy before each that can spoil what passes. */
export interface Stack {
  /** The Redis that is in use; another one after a failover. */
  redis: OwnServer;
  /** The masters of the Redis Cluster, where there is one. */
  readonly masters: readonly OwnServer[];
  /** Starts another Redis, as a replica of that at a port. */
  startReplica(of: number): Promise<OwnServer>;
  /** Of Redis, where it can be set: by how many seconds it is ahead. */
  readonly redisClock: { set(ahead: number): void } | undefined;
  readonly rabbitmq: OwnRabbitMq;
  /** The cluster that `rabbitmq` is the first node of, where there is one. */
  readonly broker: BrokerCluster | undefined;
  /** Of the functions to Redis, and to RabbitMQ. */
  readonly redisProxy: TcpProxy;
  readonly rabbitmqProxy: TcpProxy;
  /** Of those who listen to the gateway. */
  readonly listenersProxy: TcpProxy;
  readonly emulator: RunningEmulator;
  readonly fanOut: FanOut;
  /** By which back-ends hear, where there are some. */
  readonly wayOut: WayOut | undefined;
  /**
   * Starts another instance of the service beside the emulator, with a gateway of its own.
   *
   * @param settings - of the instance, where they differ.
   */
  startInstance(settings?: Readonly<Record<string, string>>): Promise<RunningEmulator>;
  /** Ends everything and removes its data. */
  stop(): Promise<void>;
}

/** Something that breaks, under load. */
export interface Fault {
  readonly name: string;
  /** What it breaks; single nodes where nothing is said. */
  readonly on?: StackKind;
  /** What is promised where it is not everything. */
  readonly promises?: Partial<Promises>;
  /**
   * Breaks something, and mends it.
   *
   * @param random - the run’s own source of numbers, from 0 to 1.
   * @param backEnds - those who hear by the way out, where there is one.
   */
  inject(stack: Stack, load: Load, random: () => number, backEnds: BackEnds | undefined): Promise<void>;
}
