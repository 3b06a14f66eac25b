import { ERRORS } from '../../lib/protocol/errors.ts';

const ANSWERS = new Set([
  'ack',
  'authenticated',
  'batch',
  'chunk',
  'compressed',
  'compression',
  'error',
  'pong',
  'replay',
  'state',
  'subscribed',
  'unsubscribed',
]);

/** What only a failure of the service's own could have put there: a frame of a stack, or a place in its sources. */
const STACK = /\n\s+at |\bnode:internal|node_modules|\.(?:ts|js):\d+/;

/**
 * What is wrong with an answer to a frame.
 *
 * @returns undefined for a success, or an error of the protocol that is no failure of the service's own.
 */
export const faultOf = (answer: string): string | undefined => {
  const { type, error } = JSON.parse(answer) as { type?: string; error?: { code?: string; message?: string } };
  if (type === undefined || !ANSWERS.has(type)) return `type ${type}`;
  if (type !== 'error') return undefined;
  if (!Object.hasOwn(ERRORS, error?.code ?? '')) return `code ${error?.code}`;
  if (error?.code === 'INTERNAL') return 'INTERNAL';
  return STACK.test(error?.message ?? '') ? 'a stack' : undefined;
};
