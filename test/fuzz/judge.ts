import { ERRORS } from '../../lib/protocol/errors.ts';
import { HTTP_ERRORS } from '../../lib/protocol/http/refusal.ts';

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

/** Codes that there are over HTTP alone. */
const HTTP_CODES = new Set(Object.keys(HTTP_ERRORS));
const SUCCESSES = new Set([200, 201, 204]);
const REFUSALS = new Set([400, 401, 403, 404, 409, 413]);

/** An answer to a request over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/**
 * What is wrong with an answer over HTTP.
 *
 * @returns undefined for a success, or a refusal with an error of the protocol.
 */
export const httpFaultOf = ({ status, headers, body }: HttpAnswer): string | undefined => {
  if (STACK.test(body)) return 'a stack';
  if (headers['x-content-type-options'] !== 'nosniff') return 'no security headers';
  if (SUCCESSES.has(status)) return undefined;
  if (!REFUSALS.has(status)) return `status ${status}: ${body.slice(0, 200)}`;
  const { code } = (JSON.parse(body) as { error?: { code?: string } }).error ?? {};
  if (code === undefined || !(Object.hasOwn(ERRORS, code) || HTTP_CODES.has(code))) return `code ${code}`;
  return code === 'INTERNAL' ? 'INTERNAL' : undefined;
};
