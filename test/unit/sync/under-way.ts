/**
 * Ports whose answers take a turn of the event loop longer. Who does not wait for one is done while it is under way.
 */
export class UnderWay {
  /** Calls that are not answered yet, by their names. */
  readonly calls: string[] = [];
  /** All that were made. */
  made = 0;

  /** @returns ports that do as some others, and note what is under way. What they are made of besides stays as it is. */
  of<Ports extends object>(ports: Ports, ...names: readonly (keyof Ports & string)[]): Ports {
    const slow = names.map((name) => [name, this.#slow(ports[name] as object, name)]);
    return { ...ports, ...Object.fromEntries(slow) };
  }

  #slow(port: object, name: string): object {
    return new Proxy(port, {
      get: (_, property) => {
        const value: unknown = Reflect.get(port, property, port);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          const answer: unknown = Reflect.apply(value, port, args);
          return answer instanceof Promise ? this.#note(`${name}.${String(property)}`, answer) : answer;
        };
      },
    });
  }

  async #note<Answer>(call: string, answer: Promise<Answer>): Promise<Answer> {
    this.made++;
    this.calls.push(call);
    try {
      return await answer;
    } finally {
      await new Promise((resolve) => setImmediate(resolve));
      this.calls.splice(this.calls.indexOf(call), 1);
    }
  }
}
