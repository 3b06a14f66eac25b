import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../../localstack/ports.ts';
import { startPortMapper, startRabbitMq } from '../../localstack/servers/rabbitmq.ts';
import type { BrokerCluster, BrokerNode, Fault } from './fault.ts';
import { portOf } from './tcp-proxy.ts';

const NAMES = ['node-1', 'node-2', 'node-3'] as const;

/** Milliseconds for the port mapper to end. */
const GRACE = 2_000;

/**
 * Starts three nodes, one after the other: the first forms the cluster, the others join it.
 *
 * @param program - `rabbitmq-server`; `rabbitmqctl` lies beside it.
 * @param directory - for the data of all; is made if missing.
 */
export const startBrokerCluster = async (program: string, directory: string): Promise<BrokerCluster> => {
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, '.erlang.cookie'), randomBytes(18).toString('base64url'), { mode: 0o400 });
  const [epmd = 0] = await freePorts([0]);
  const environment = {
    PATH: process.env['PATH'],
    HOME: directory,
    ERL_EPMD_PORT: String(epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
  const portMapper = await startPortMapper(directory, environment);
  const nodes: BrokerNode[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
    await portMapper?.stop(GRACE);
  };
  try {
    const shared = { names: NAMES, home: directory, password: randomBytes(18).toString('base64url'), epmd };
    for (const name of NAMES) {
      const node = await startRabbitMq({
        program,
        directory: path.join(directory, name),
        preferredPort: 0,
        report: () => undefined,
        member: { name, ...shared },
      });
      nodes.push({ ...node, name });
      await node.ready();
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const leaderOf = async (queue: string): Promise<BrokerNode> => {
    const living = nodes[0] as BrokerNode;
    const stdout = await living.control('list_queues', 'name', 'leader');
    const [, leader] =
      stdout
        .split('\n')
        .map((line) => line.split('\t'))
        .find(([name]) => name === queue) ?? [];
    const found = nodes.find(({ name }) => `${name}@localhost` === leader);
    if (found === undefined) throw new Error(`no node leads ${queue}:\n${stdout}`);
    return found;
  };
  return { nodes, leaderOf, stop };
};

/** What breaks in a RabbitMQ cluster of three nodes. */
export const RABBITMQ_CLUSTER: readonly Fault[] = [
  {
    name: 'rabbitmq cluster, a node killed and brought back',
    on: 'rabbitmq cluster',
    inject: async ({ broker, rabbitmqProxy }, _, random) => {
      if (broker === undefined) throw new Error('there is no cluster');
      const { nodes } = broker;
      const isLeader = random() < 0.75;
      const any = nodes[Math.floor(random() * nodes.length)] as BrokerNode;
      const victim = isLeader ? await broker.leaderOf('events.0') : any;
      const others = nodes.filter((node) => node !== victim);
      await victim.kill();
      // What a load balancer before the nodes does: those who come go to a node that lives.
      rabbitmqProxy.aim(portOf((others[Math.floor(random() * others.length)] as BrokerNode).url));
      await pause(500 + random() * 4_000);
      await victim.restart();
    },
  },
];
