import type { Hooks, Serverless } from '../../serverless/framework.ts';
import { httpServerPrototype } from '../inside/serverless-offline.ts';

/** A server of the framework that the emulator is built on. */
interface HttpServer {
  ext(event: unknown, ...rest: unknown[]): unknown;
}

/**
 * Leaves the headers of HTTP answers to the functions, as API Gateway does. The emulator lets every page read every
 * answer, by an extension that runs over each before it is sent, and overrides what a function says of that.
 */
export default class OwnHeaders {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    this.hooks = {
      'before:offline:start:init': () => this.#adopt(),
      'before:offline:start': () => this.#adopt(),
    };
  }

  #adopt(): void {
    const prototype = httpServerPrototype<HttpServer>(this.#serverless);
    const { ext } = prototype;
    prototype.ext = function (event, ...rest) {
      return event === 'onPreResponse' ? undefined : ext.call(this, event, ...rest);
    };
  }
}
