import type { Hooks, Serverless } from '../../serverless/framework.ts';
import { httpServerPrototype } from '../inside/serverless-offline.ts';
import { isOfPage, pathIn } from '../secret-path.ts';

interface Route {
  readonly path: string;
}

interface Asked {
  readonly headers: Readonly<Record<string, unknown>>;
}

interface Toolkit {
  readonly continue: symbol;
  response(): { code(status: number): { takeover(): unknown } };
}

/** A server of the framework that the emulator is built on. */
interface HttpServer {
  readonly settings: { address?: string };
  route(this: HttpServer, routes: Route | readonly Route[]): unknown;
  ext(event: 'onRequest', method: (request: Asked, toolkit: Toolkit) => unknown): void;
}

/** As Lambda’s interface has it, of whichever version. */
const INVOCATIONS = /^\/\d{4}-\d\d-\d\d\/functions\//;

/** This machine alone, wherever the other ports listen. */
const LOOPBACK = '127.0.0.1';

/**
 * Puts the port at which the emulator takes invocations behind the secret path of this start, and on the loopback interface.
 * Who calls a function says who its caller is: Lambda asks for a signature, and the emulator for nothing.
 */
export default class Invocations {
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
    const { route } = prototype;
    prototype.route = function (routes) {
      const all = [routes].flat();
      if (!all.every(({ path }) => INVOCATIONS.test(path))) return route.call(this, routes);
      this.settings.address = LOOPBACK;
      this.ext('onRequest', ({ headers }, toolkit) =>
        isOfPage(headers) ? toolkit.response().code(403).takeover() : toolkit.continue,
      );
      const secret = pathIn(process.env['WS_ENDPOINT'] as string);
      return route.call(
        this,
        all.map((each) => ({ ...each, path: `${secret}${each.path}` })),
      );
    };
  }
}
