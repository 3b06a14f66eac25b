import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { answerCustomResource } from '../lib/cloudformation/custom-resource.ts';
import { kept } from '../lib/composition/secrets.ts';
import { appended, backEnds, management, mostBytes, rabbitmq } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import { partOf } from '../lib/ports/rotating.ts';
import { makeBackEnd } from '../lib/rabbitmq/back-end.ts';
import { declareAt } from '../lib/rabbitmq/declare.ts';
import { type Topology, topologyOf } from '../lib/rabbitmq/topology.ts';
import { logConnectionError, logger } from '../lib/telemetry/logger.ts';

const broker = kept(rabbitmq);
const managed = kept(management);
const backEnd = kept(backEnds);
const most = config(mostBytes);
const announced = config(appended);

/** Milliseconds kept back to tell CloudFormation. */
const RESERVE = 20_000;

/** A broker that stands already takes its configuration when it is restarted, which a deployment does not do. */
const say = (lowerLimit: number, type: CloudFormationCustomResourceEvent['RequestType']): void => {
  const reason = `The broker takes messages of ${lowerLimit} bytes, and WS_MAX_MESSAGE_SIZE is ${most}`;
  if (type === 'Create') throw new Error(reason);
  logger.error(`${reason}: restart it, so that it takes its configuration`);
};

const declare = async (
  topology: Topology,
  patience: () => number,
  type: CloudFormationCustomResourceEvent['RequestType'],
): Promise<void> => {
  const address = partOf(broker, ({ url }) => url);
  const { lowerLimit } = await declareAt(address, topology, logConnectionError('rabbitmq'), patience, most);
  if (lowerLimit !== undefined) say(lowerLimit, type);
  // Another password may be why this is called.
  const { password } = await backEnd.renewed();
  if (managed.latest.managementUrl === undefined || password === undefined) return;
  const managementAddress = partOf(managed, ({ managementUrl }) => managementUrl ?? '');
  await makeBackEnd(managementAddress, address.latest, password, announced.private, patience);
};

/**
 * A deployment declares exchange and queues before it makes the mappings that read them, and makes the user for back-ends.
 * Safe to run again.
 */
export const handler = middy<CloudFormationCustomResourceEvent, void>()
  .use(injectLambdaContext(logger))
  .handler(async (event, context) => {
    const topology = topologyOf(broker.latest);
    const patience = () => context.getRemainingTimeInMillis() - RESERVE;
    const { failure } = await answerCustomResource(event, topology.exchange, patience(), () =>
      declare(topology, patience, event.RequestType),
    );
    if (failure === undefined) logger.info('The topology is declared', { ...topology });
    else logger.error('The topology could not be declared', failure);
  });
