import type { Clock, WebSocketConstructor, WebSocketLike } from '../../../../client/src/index.ts';

/** A page of a browser: what is to happen in it happens at once, once it is thawed, or never. */
export class Page {
  readonly clock: Clock;
  readonly onEnd = new Set<() => void>();
  /** What it has open, in words: timers, channels to other pages, locks. */
  readonly open = new Map<object, string>();
  isFrozen = false;
  isDead = false;
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.clock = {
      now: () => clock.now(),
      random: () => clock.random(),
      after: (duration, task) => {
        let isOff = false;
        const timer = {};
        this.open.set(timer, 'a timer');
        const stop = clock.after(duration, () =>
          this.run(() => {
            this.open.delete(timer);
            if (!isOff) task();
          }),
        );
        return () => {
          isOff = true;
          this.open.delete(timer);
          stop();
        };
      },
    };
  }

  run(task: () => void): void {
    if (this.isDead) return;
    if (this.isFrozen) this.#waiting.push(task);
    else task();
  }

  freeze(): void {
    this.isFrozen = true;
  }

  /** What waited happens in its order, each by itself. */
  thaw(): void {
    const next = (): void => {
      const task = this.#waiting.shift();
      if (task === undefined || this.isDead) {
        this.isFrozen = false;
        return;
      }
      task();
      this.#clock.after(0, next);
    };
    if (this.isFrozen) this.#clock.after(0, next);
  }

  kill(): void {
    this.isDead = true;
    for (const end of this.onEnd) end();
  }

  /** The class of sockets of this page, which close with it. */
  socketsOf(service: WebSocketConstructor): WebSocketConstructor {
    const page = this;
    return class implements WebSocketLike {
      onopen: WebSocketLike['onopen'] = null;
      onmessage: WebSocketLike['onmessage'] = null;
      onclose: WebSocketLike['onclose'] = null;
      onerror: WebSocketLike['onerror'] = null;
      readonly #inner: WebSocketLike;
      readonly #end = () => this.#inner.close();

      constructor(url: string, protocols?: string[]) {
        this.#inner = new service(url, protocols);
        page.onEnd.add(this.#end);
        this.#inner.onopen = (event) => page.run(() => this.onopen?.(event));
        this.#inner.onmessage = (event) => page.run(() => this.onmessage?.(event));
        this.#inner.onclose = (event) => {
          page.onEnd.delete(this.#end);
          page.run(() => this.onclose?.(event));
        };
      }

      send(text: string): void {
        if (!page.isDead) this.#inner.send(text);
      }

      close(): void {
        this.#inner.close();
      }
    };
  }
}
