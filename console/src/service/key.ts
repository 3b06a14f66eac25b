const STORED = 'realtime-sync.key';

/** The operator's key, kept until the tab is closed: it is asked for again in the next. */
export class Key {
  readonly #listeners = new Set<() => void>();

  get value(): string | undefined {
    return sessionStorage.getItem(STORED) ?? undefined;
  }

  /** @param value - undefined to forget it. */
  set(value: string | undefined): void {
    if (value === undefined) sessionStorage.removeItem(STORED);
    else sessionStorage.setItem(STORED, value);
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }
}
