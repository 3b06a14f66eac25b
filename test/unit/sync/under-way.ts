import { setImmediate } from 'node:timers/promises';

/** Turns of the event loop by which the first answer is late. */
const LATEST = 2 ** 12;

/**
 * Ports whose answers are late, each half as much as the one before: whoever does not wait for one is done before it, for all
 * that he waits for behind it.
 */
export class UnderWay {
  /** Calls that are not answered yet, by their names. */
  readonly calls: string[] = [];
  /** How many were made; where it is set back to 0, the next answer is the latest again. */
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
    const turns = Math.max(1, LATEST >> this.made++);
    this.calls.push(call);
    try {
      return await answer;
    } finally {
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      this.calls.splice(this.calls.indexOf(call), 1);
    }
  }
}
