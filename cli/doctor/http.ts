import { Fault } from './finding.ts';

export interface Answer {
  readonly status: number;
  /** What the body says as JSON; undefined where it is none. */
  readonly body: unknown;
}

/** The HTTP endpoints of a stage, asked as one user, or as an administrator. */
export class Endpoints {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #user: string | undefined;
  readonly #patience: number;

  /**
   * @param base - the address, without a path.
   * @param user - the name to go by where the service takes names on trust.
   * @param key - the administrator's.
   * @param patience - milliseconds.
   */
  constructor(
    base: string,
    who: { token: string | undefined; user: string; key: string | undefined },
    patience: number,
  ) {
    this.#base = base.replace(/\/+$/, '');
    this.#user = who.token === undefined ? who.user : undefined;
    this.#headers = {
      ...(who.token === undefined ? {} : { authorization: `Bearer ${who.token}` }),
      ...(who.key === undefined ? {} : { 'x-api-key': who.key }),
    };
    this.#patience = patience;
  }

  /** @throws Fault where nothing answers. */
  async ask(path: string, { method = 'GET', body }: { method?: string; body?: unknown } = {}): Promise<Answer> {
    const url = new URL(`${this.#base}${path}`);
    if (this.#user !== undefined) url.searchParams.set('user', this.#user);
    try {
      const response = await fetch(url, {
        method,
        headers: { ...this.#headers, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.#patience),
      });
      const text = await response.text();
      return { status: response.status, body: jsonOf(text) };
    } catch (error) {
      const { message, cause } = error as Error;
      throw new Fault(
        `${url.origin} cannot be reached: ${cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message}`,
      );
    }
  }
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
