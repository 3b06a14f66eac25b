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

const refusal = async (path: string, answer: Response, hasKey: boolean): Promise<AskError> => {
  const kind = KINDS[answer.status] ?? 'failed';
  if (kind === 'refused') {
    return new AskError(kind, hasKey ? 'The key is not accepted.' : 'This takes an administrator’s key.');
  }
  if (kind === 'absent') return new AskError(kind, `This service does not answer GET ${path}.`);
  const said = (await answer.json().catch(() => undefined)) as { error?: { message?: unknown } } | undefined;
  const why = typeof said?.error?.message === 'string' ? `: ${said.error.message}` : '';
  return new AskError(kind, `GET ${path} answered ${answer.status}${why}`);
};

/**
 * Asks the service one of its HTTP questions.
 *
 * @param accept - statuses besides 200 whose body is an answer all the same.
 * @throws AskError
 */
export const ask = async <T>(key: Key, path: string, accept: readonly number[] = []): Promise<T> => {
  const headers: Record<string, string> = key.value === undefined ? {} : { 'x-api-key': key.value };
  const [plain = path] = path.split('?');
  let answer: Response;
  try {
    answer = await fetch(path, { headers, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new AskError('unreachable', 'The service does not answer.');
  }
  if (!answer.ok && !accept.includes(answer.status)) throw await refusal(plain, answer, key.value !== undefined);
  try {
    return (await answer.json()) as T;
  } catch {
    throw new AskError('failed', `GET ${plain} answered something that is not JSON.`);
  }
};
