import { setTimeout as delay } from 'node:timers/promises';
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from 'aws-lambda';
import { type RetryPolicy, withRetries } from '../ports/retry-policy.ts';

/** CloudFormation waits for an answer, for an hour where nothing else is said. */
const UNTIL_TOLD: RetryPolicy = { pauses: [1_000, 2_000, 4_000], isTransient: () => true };
/** CloudFormation takes no more of a reason. */
const LONGEST_REASON = 1_000;

const send = (address: string, response: CloudFormationCustomResourceResponse): Promise<void> =>
  withRetries({ elapsed: () => performance.now(), sleep: delay }, UNTIL_TOLD, Number.POSITIVE_INFINITY, async () => {
    // The address is signed for a request without a content type.
    const { ok, status } = await fetch(address, {
      method: 'PUT',
      headers: { 'content-type': '' },
      body: JSON.stringify(response),
    });
    if (!ok) throw new Error(`CloudFormation's address answered ${status}`);
  });

/** Rejects after some milliseconds, so that a failure is told rather than a timeout suffered. */
const expiry = async (milliseconds: number, signal: AbortSignal): Promise<never> => {
  await delay(milliseconds, undefined, { signal });
  throw new Error(`not done after ${Math.round(milliseconds / 1000)} s`);
};

/**
 * Does the work of a custom resource and tells CloudFormation how it went. Whatever happens, CloudFormation is told.
 *
 * @param event - what CloudFormation asks. Of a deletion nothing is done: what the resource made may still be in use,
 *   and goes with what it was made in.
 * @param physicalId - names what the resource makes; the same name means the same thing.
 * @param patience - milliseconds the work may take.
 * @param work - done for a creation and for an update, and so must be safe to do again.
 * @returns how it went.
 */
export const answerCustomResource = async (
  event: CloudFormationCustomResourceEvent,
  physicalId: string,
  patience: number,
  work: () => Promise<void>,
): Promise<{ readonly failure?: Error }> => {
  const { LogicalResourceId, RequestId, StackId } = event;
  const identity = { LogicalResourceId, RequestId, StackId, PhysicalResourceId: physicalId };
  const done = new AbortController();
  let failure: Error | undefined;
  try {
    if (event.RequestType !== 'Delete') await Promise.race([work(), expiry(patience, done.signal)]);
  } catch (error) {
    failure = error as Error;
  } finally {
    done.abort();
  }
  await send(
    event.ResponseURL,
    failure === undefined
      ? { ...identity, Status: 'SUCCESS' }
      : { ...identity, Status: 'FAILED', Reason: failure.message.slice(0, LONGEST_REASON) },
  );
  return failure === undefined ? {} : { failure };
};
