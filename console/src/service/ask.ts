import type { Key } from './key.ts';

/** Milliseconds an answer may take. */
const PATIENCE = 10_000;

/**
 * - `unreachable`: no answer at all
 * - `refused`: an administrator's key is needed, or another one
 * - `absent`: this service does not have what was asked for
 * - `failed`: any other answer
 */
export type FailureKind = 'unreachable' | 'refused' | 'absent' | 'failed';

/** A question that was not answered, in words for whoever reads the page. */
export class AskError extends Error {
  override readonly name = 'AskError';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

const KINDS: Readonly<Record<number, FailureKind>> = { 401: 'refused', 403: 'refused', 404: 'absent' };

const refusal = async (asked: string, answer: Response, hasKey: boolean): Promise<AskError> => {
  const kind = KINDS[answer.status] ?? 'failed';
  if (kind === 'refused') {
    return new AskError(kind, hasKey ? 'The key is not accepted.' : 'This takes an administrator’s key.');
  }
  if (kind === 'absent') return new AskError(kind, `This service does not answer ${asked}.`);
  const said = (await answer.json().catch(() => undefined)) as { error?: { message?: unknown } } | undefined;
  const why = typeof said?.error?.message === 'string' ? `: ${said.error.message}` : '';
  return new AskError(kind, `${asked} answered ${answer.status}${why}`);
};

interface How {
  /** `GET`, unless it is said. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Statuses besides those of success whose body is an answer all the same. */
  readonly accept?: readonly number[];
}

/**
 * Asks the service one of its HTTP questions.
 *
 * @throws AskError
 */
export const ask = async <T>(key: Key, path: string, { method = 'GET', accept = [] }: How = {}): Promise<T> => {
  const headers: Record<string, string> = key.value === undefined ? {} : { 'x-api-key': key.value };
  const asked = `${method} ${path.split('?')[0]}`;
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new AskError('unreachable', 'The service does not answer.');
  }
  if (!answer.ok && !accept.includes(answer.status)) throw await refusal(asked, answer, key.value !== undefined);
  try {
    return (await answer.json()) as T;
  } catch {
    throw new AskError('failed', `${asked} answered something that is not JSON.`);
  }
};
